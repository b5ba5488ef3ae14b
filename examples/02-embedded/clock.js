/** A service of the simplest kind: works until it is told to stop. */
const timer = setInterval(() => {}, 1_000);
process.on('SIGTERM', () => clearInterval(timer));

/** Clients that never pause: what they are answered, by the revision that answered. */
import { get } from 'node:http';

const pauseMs = 4;
const timeoutMs = 10_000;

/** Each request takes a connection of its own, so that whoever accepts first answers. */
function request(url) {
  return new Promise((resolve, reject) => {
    const sent = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      response.on('error', reject).resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve(response.headers['x-revision'] ?? 'unknown');
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
  });
}

/** A few clients in a closed loop. */
export class Load {
  served = 0;
  failed = 0;
  /** While a release answers that is going to be cut off: a request that it has begun then goes with it. */
  isExposed = false;
  cutOff = 0;
  byRevision = new Map();
  failures = new Map();
  #stopped = false;
  #loops;

  constructor(url, clients) {
    this.#loops = Array.from({ length: clients }, () => this.#loop(url));
  }

  async #loop(url) {
    while (!this.#stopped) {
      try {
        count(this.byRevision, await request(url));
        this.served += 1;
      } catch (error) {
        this.#count(error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  #count(error) {
    if (this.isExposed && error.code === 'ECONNRESET') {
      this.cutOff += 1;
      return;
    }
    this.failed += 1;
    count(this.failures, error.code ?? error.message);
  }

  /** The requests in flight are answered first. */
  async stop() {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  /** Shape: "1,234 served (r1 800, r2 434), 0 failed" */
  toString() {
    const number = (value) => value.toLocaleString('en');
    const list = (counts) => [...counts].map(([what, times]) => `${what} ${number(times)}`).join(', ');
    const cut = this.cutOff === 0 ? '' : `; ${number(this.cutOff)} cut off with the release that answered wrongly`;
    const failures = this.failed === 0 ? '' : ` (${list(this.failures)})`;
    return `${number(this.served)} served (${list(this.byRevision)}), ${number(this.failed)} failed${failures}${cut}`;
  }
}

const count = (counts, what) => void counts.set(what, (counts.get(what) ?? 0) + 1);

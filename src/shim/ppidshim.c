/* SPDX-License-Identifier: MIT */
/*
 * ppidshim: the parent of processes that must never see PID 1 as their parent,
 * and PID 1 itself. It exists because Node waits only for children it spawned:
 * as PID 1 it keeps every orphan as a zombie for ever.
 *
 * One program, three roles:
 *
 *   alone    ppidshim COMMAND                a drop-in for tini and dumb-init
 *   --run    ppidshim --run -- COMMAND       parent of one instance's main process
 *   --init   ppidshim --init -- SUPERVISOR   PID 1, or a child subreaper
 *
 *   PID 1  ppidshim --init
 *    |- supervisor                 all the policy
 *    `- ppidshim --run             one per instance; outlives the supervisor
 *        `- main process           its parent is never PID 1
 *            `- workers
 *
 * It reports and obeys: no restart policy for services, no timeouts of theirs.
 * Options, messages and their order: docs/reference/shim-protocol.md.
 *
 * Exit statuses: the command's own, or 128 + n after death by signal n; 127 and
 * 126 as a shell has them; 64 wrong usage; 70 broken; 75 another shim runs this
 * instance.
 *
 * After its start it allocates nothing and blocks nowhere but in poll(): every
 * signal is blocked and read as data, every descriptor of ours is non-blocking,
 * and whoever does not read is hung up on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "unversioned"
#endif

/* The same numbers on every architecture; older headers lack the names. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { OK = 0, USAGE = 64, BROKEN = 70, TAKEN = 75 }; /* sysexits(3) */

enum {
	HELD = STDERR_FILENO + 1, /* where the sockets begin that a command gets, sd_listen_fds(3) */
	SOCKETS = 16,          /* more than one program listens on */
	LINE_BYTES = 4095,     /* longest line with its newline: one page, one write */
	WORDS = 512,           /* most numbers in a line: 255 processes to freeze */
	CLIENTS = 4,           /* a supervisor, its successor, and two curious people */
	WATCHES = 64,          /* one descriptor each, far below any RLIMIT_NOFILE */
	FROZEN = 1024,         /* more workers than any one server has */
	FREEZE_MS = 1000,      /* longer, and callers of the frozen would notice */
	SIGNALS = 64,          /* standard and real-time, signal(7) */
	BATCH = 1024,          /* what one turn of the loop may reap, so that no flood of exits delays a thaw */
	DEPTH = 4096,          /* bound of a walk up the ancestors, against a cycle seen in a race */
	DEATHS = 10,           /* in a row, until the supervisor is given up */
	HEALTHY_MS = 10000,    /* a supervisor that lived so long starts with a clean record */
	BACKOFF_MS = 100,      /* after the second death; doubled from then on */
	BACKOFF_MAX_MS = 5000,
	SWEEP_MAX_MS = 500,    /* between two rounds of SIGKILL at what will not die */
	LEAVE_MS = 5000,       /* how long init waits for what not even SIGKILL ends */
	RETRY_MS = 100,        /* before accept() is tried again when descriptors ran out */
	ANSWER_MS = 5000,      /* within which a supervisor that turns its loop answers a stop, and goes on to speak of it */
	TRACE_MS = 5000,       /* what ABRT may take, a core is written meanwhile; then comes KILL */
	SLACK_MS = 2000,       /* for what a stop takes beside its services */
	OVERSLEPT_MS = 1000,   /* who wakes so late did not sleep: it stood still */
	DAY = 86400,           /* in seconds: the longest time that may be asked for */
};

#define ANY_START ULLONG_MAX /* of whatever runs under that pid now */

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

enum role { ALONE, RUN, INIT };

/* Slots of the poll set; one that is not in use holds -1. The listener is --run's, the line is --init's. */
enum { SIGNAL_FD, LISTENER, LINE, CLIENT, WATCH = CLIENT + CLIENTS, FDS = WATCH + WATCHES };

enum alarm_kind { REAP, THAW, SWEEP, ACCEPT, LINGER, GIVE_UP, RESTART, SILENCE, KILL, STOP, END, LEAVE, ALARMS };

/* A pid is reused, a pid with its start time (clock ticks since boot) is not. */
struct process {
	pid_t pid;
	unsigned long long start;
};

struct look {
	pid_t parent, group;
	unsigned long long start;
};

enum main_kind { RUNNING, EXITED, SIGNALED, FAILED };

struct command {
	char **argv;
	const char *cwd;
	const char *user; /* for its supplementary groups; NULL when it has no name */
	bool switch_user;
	uid_t uid;
	gid_t gid;
	bool foreground;
};

/* A socket that listens for the command: descriptor HELD and following, in the order in which they were asked for. */
struct endpoint {
	const char *text; /* as it was asked for */
	struct sockaddr_storage address;
	socklen_t bytes;
};

struct buffer {
	size_t used;
	char text[LINE_BYTES + 1];
};

struct request {
	int client, count;
	unsigned long long words[WORDS];
};

static enum role role;
static struct process self;
static struct command command;
static struct {
	uint64_t mask;
	struct sigaction child;
} given; /* what the command gets back */

static struct pollfd fds[FDS];
static int64_t alarms[ALARMS]; /* when each is due, 0 when it is not set */
static bool empty;             /* nothing is alive below us */

static struct process main_process;
static enum main_kind main_kind;
static int main_value; /* exit code, signal or errno */
static struct process second; /* of the same command, beside the main process; pid 0 when there is none */
static struct endpoint endpoints[SOCKETS];
static int endpoint_count;
static bool leaving, finished; /* by a TERM to us, by a client's `end` */
static int stop_signal = SIGTERM;
static int64_t linger_ms = -1; /* how long the command outlives the last client; for ever unless given */
static struct process heir;
static struct process frozen[FROZEN];
static size_t frozen_count;
static int64_t sweep_pause;
static struct process watched[WATCHES];
static int watcher[WATCHES];
static struct buffer heard[CLIENTS]; /* --init uses the first */
static char socket_path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
static char lock_path[sizeof(socket_path) + 5];

static bool single_child;
static int rewritten[SIGNALS + 1];
static bool remapped[256];

static int line_ends[2] = { -1, -1 }; /* our end and the supervisor's; held by us, so that it outlives each of them */
static int64_t supervisor_since, stop_timeout_ms = -1, start_timeout_ms = 60000;
static int64_t heard_at;                /* when the supervisor said something, or was started */
static int64_t watchdog_ms, silence_ms; /* how long it may be silent: as it says itself, and now; 0 is for ever */
static bool half_over;                  /* of that time */
static int deaths, restarts, decision = -1;
static char environment[2][40]; /* BORGINIT_INIT_FD and BORGINIT_RESTARTS, or LISTEN_FDS and LISTEN_PID */
static char mark[64];           /* BORGINIT_SHIM: by it all that we leave is known to be ours, if we are killed */

static char *title_area;
static size_t title_bytes;

/* strsignal(3) and strerror(3) speak to people; these are the names that programs know. */
static const struct name {
	const char *name;
	int number;
} signal_names[] = {
#define NAMED(name) { #name, SIG##name }
	NAMED(HUP), NAMED(INT), NAMED(QUIT), NAMED(ILL), NAMED(TRAP), NAMED(ABRT), NAMED(BUS), NAMED(FPE), NAMED(KILL),
	NAMED(USR1), NAMED(SEGV), NAMED(USR2), NAMED(PIPE), NAMED(ALRM), NAMED(TERM), NAMED(CHLD), NAMED(CONT),
	NAMED(STKFLT), NAMED(STOP), NAMED(TSTP), NAMED(TTIN), NAMED(TTOU), NAMED(URG), NAMED(XCPU), NAMED(XFSZ), NAMED(VTALRM),
	NAMED(PROF), NAMED(WINCH), NAMED(IO), NAMED(PWR), NAMED(SYS),
#undef NAMED
}, errno_names[] = {
#define NAMED(name) { #name, name }
	NAMED(EPERM), NAMED(ENOENT), NAMED(ESRCH), NAMED(EIO), NAMED(E2BIG), NAMED(ENOEXEC), NAMED(EAGAIN),
	NAMED(ENOMEM), NAMED(EACCES), NAMED(EBUSY), NAMED(ENOTDIR), NAMED(EISDIR), NAMED(EINVAL), NAMED(ENFILE),
	NAMED(EMFILE), NAMED(ETXTBSY), NAMED(ENOSPC), NAMED(ENAMETOOLONG), NAMED(ENOSYS), NAMED(ELOOP), NAMED(EPROTO),
#undef NAMED
};

/*
 * Says one line on standard error, or nothing where that would block: the
 * reader of a service's log must not be able to stop its shim.
 */
static void say(const char *format, ...)
{
	char text[512] = "ppidshim: ";
	struct pollfd err = { .fd = STDERR_FILENO, .events = POLLOUT };
	va_list list;
	int length;

	va_start(list, format);
	length = vsnprintf(text + 10, sizeof(text) - 11, format, list);
	va_end(list);
	if (length < 0 || poll(&err, 1, 0) != 1 || !(err.revents & POLLOUT))
		return;
	strcat(text, "\n");
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return; /* nobody is left to be told */
}

/* The status may depend on errno, and saying why may change that. */
#define die(status, ...)             \
	do {                         \
		int code = (status); \
		say(__VA_ARGS__);    \
		exit(code);          \
	} while (0)

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool due(enum alarm_kind kind)
{
	if (!alarms[kind] || alarms[kind] > now())
		return false;
	alarms[kind] = 0;
	return true;
}

static bool read_number(const char *text, unsigned long long max, unsigned long long *value)
{
	*value = 0;
	if (!text || !*text || strlen(text) > 18)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		*value = *value * 10 + (unsigned long long)(*text - '0');
	}
	return *value <= max;
}

/*
 * Everything is blocked, the faults too: one of our own is delivered by force
 * (force_sig), one that somebody sends is forwarded. The C library's sets leave
 * out signals that it keeps for threads, and such a signal would end us; so the
 * kernel is asked itself. SIGCHLD must not be ignored, or there is nothing to
 * wait for (wait(2), "ECHILD").
 */
static void take_signals_as_data(void)
{
	static const uint64_t all = UINT64_MAX;
	const struct sigaction standard = { .sa_handler = SIG_DFL };

	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &given.mask, sizeof(all));
	sigaction(SIGCHLD, &standard, &given.child);
	fds[SIGNAL_FD].fd = (int)syscall(SYS_signalfd4, -1, &all, sizeof(all), SFD_CLOEXEC | SFD_NONBLOCK);
	if (fds[SIGNAL_FD].fd < 0)
		die(BROKEN, "cannot read signals: %m");
}

/*
 * Arguments and environment lie end to end, and there a title is written. A
 * supervisor or a command may be started again, so a copy of them is kept.
 */
static void take_title_area(char **argv)
{
	char **lists[] = { argv, environ }, *end = argv[0], *copy;

	for (int i = 0; i < 2; i++)
		for (char **word = lists[i]; *word; word++)
			if (*word == end)
				end += strlen(end) + 1;
	title_area = argv[0];
	title_bytes = (size_t)(end - argv[0]);
	if (role == ALONE)
		return;
	copy = malloc(title_bytes);
	if (!copy)
		die(BROKEN, "cannot copy arguments: %m");
	memcpy(copy, title_area, title_bytes);
	for (int i = 0; i < 2; i++)
		for (char **word = lists[i]; *word; word++)
			if (*word >= title_area && *word < end)
				*word = copy + (*word - title_area);
}

static void set_title(const char *prefix, const char *name)
{
	char title[LINE_BYTES + 1];
	int length = snprintf(title, sizeof(title), "%s%s", prefix, name);

	if (length < 0)
		return;
	memset(title_area, 0, title_bytes);
	memcpy(title_area, title, strnlen(title, title_bytes - 1));
	prctl(PR_SET_NAME, title);
}

/*
 * Reads parent, group and start time: proc_pid_stat(5), fields 4, 5 and 22. The
 * name in field 2 may hold anything, so they are counted from its last parenthesis.
 */
static bool look_at(pid_t pid, struct look *look)
{
	char text[1024], *at;
	ssize_t length;
	int fd;

	snprintf(text, sizeof(text), "/proc/%d/stat", pid);
	fd = open(text, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++) {
		at = strchr(at + 1, ' ');
		if (at && field == 3)
			look->parent = (pid_t)strtol(at, NULL, 10);
		if (at && field == 4)
			look->group = (pid_t)strtol(at, NULL, 10);
	}
	if (at)
		look->start = strtoull(at, NULL, 10);
	return at;
}

/*
 * Walks up the parents until it meets us, at most so many steps. An ancestor
 * that vanishes on the way has handed its children up: the walk begins again.
 */
static bool is_below(const struct process *process, int steps)
{
	for (int tries = 0; tries < 3; tries++) {
		struct look look;

		if (!look_at(process->pid, &look))
			return false;
		if (process->start != ANY_START && process->start != look.start)
			return false;
		for (int step = 1; look.parent != self.pid; step++) {
			if (look.parent <= 1 || step >= steps)
				return false;
			if (!look_at(look.parent, &look))
				break;
		}
		if (look.parent == self.pid)
			return true;
	}
	return false;
}

/*
 * Signals a process that lives below us; returns an errno. The descriptor comes
 * first: what is then read about the pid is true of the process behind it, or
 * that has ended and the signal goes nowhere.
 */
static int signal_below(const struct process *process, int signo, int steps)
{
	struct pollfd end = { .fd = (int)syscall(SYS_pidfd_open, process->pid, 0), .events = POLLIN };
	int error = 0;

	if (end.fd < 0)
		return errno == EINVAL ? ESRCH : errno; /* EINVAL: no such number can be a process */
	if (poll(&end, 1, 0) != 0 || !is_below(process, steps))
		error = ESRCH;
	else if (syscall(SYS_pidfd_send_signal, end.fd, signo, NULL, 0) < 0)
		error = errno;
	close(end.fd);
	return error;
}

/*
 * One that forks and ends, and whose child does so too, is gone before it is met.
 * Its group cannot slip away: the kernel signals all of it with no fork in between.
 * A group that a stranger leads, which ours only joined, is left alone.
 */
static void kill_group_of(const struct process *process)
{
	struct look look, other;
	struct process leader = { .start = ANY_START };

	if (!look_at(process->pid, &look) || !is_below(process, DEPTH))
		return;
	leader.pid = look.group;
	if (look.group > 1 && look.group != getpgrp() && (is_below(&leader, DEPTH) || !look_at(leader.pid, &other)))
		kill(-look.group, SIGKILL);
}

/*
 * Signals everything below us, at most so many steps down. All of /proc is
 * read: not every kernel lists children.
 */
static int signal_all(int signo, int steps, bool by_group)
{
	struct entry { /* getdents64(2) */
		uint64_t inode;
		int64_t offset;
		uint16_t bytes;
		uint8_t type;
		char name[];
	} *entry;
	static _Alignas(struct entry) char entries[16384];
	struct process process = { .start = ANY_START };
	unsigned long long pid;
	long bytes;
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return errno;
	while ((bytes = syscall(SYS_getdents64, proc, entries, sizeof(entries))) > 0)
		for (long at = 0; at < bytes; at += entry->bytes) {
			entry = (struct entry *)(void *)(entries + at);
			if (!read_number(entry->name, INT32_MAX, &pid))
				continue;
			process.pid = (pid_t)pid;
			if (by_group)
				kill_group_of(&process);
			signal_below(&process, signo, steps);
		}
	close(proc);
	return 0;
}

/* One round of SIGKILL. Who was forked behind our back meets the next: soon, then less and less often. */
static void sweep(void)
{
	signal_all(SIGKILL, DEPTH, true);
	sweep_pause = sweep_pause * 2 < SWEEP_MAX_MS ? sweep_pause * 2 + 1 : SWEEP_MAX_MS;
	alarms[SWEEP] = now() + sweep_pause;
}

/* One CONT too many does no harm; one too few leaves a worker stopped for ever. */
static void thaw(void)
{
	for (size_t i = 0; i < frozen_count; i++) {
		int error = signal_below(&frozen[i], SIGCONT, DEPTH);

		if (error && error != ESRCH)
			kill(frozen[i].pid, SIGCONT);
	}
	frozen_count = 0;
	alarms[THAW] = 0;
}

static _Noreturn void leave(int status)
{
	thaw();
	if (role == RUN) {
		unlink(socket_path);
		unlink(lock_path); /* while we still hold it: see take_lock() */
		for (int i = 0; i < endpoint_count; i++)
			if (endpoints[i].address.ss_family == AF_UNIX)
				unlink(endpoints[i].text);
	}
	exit(status);
}

/* In the child: tells the shim why, the reader of its output what, and ends as a shell would. */
static _Noreturn void fail(const char *what, const char *object, int report)
{
	int error = errno;

	if (report >= 0 && write(report, &error, sizeof(error)) < 0)
		_exit(BROKEN);
	errno = error;
	say("cannot %s %s: %m", what, object);
	_exit(error == ENOENT ? 127 : 126);
}

/*
 * What a pipe does when it is full is up to all who share its description, and
 * the supervisor's Node makes it non-blocking: a service that never asked for
 * that would lose output. So it gets descriptions of its own, where it may.
 */
static void own_output(void)
{
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		char path[32];
		struct stat shared;
		int own;

		if (fstat(fd, &shared) || !S_ISFIFO(shared.st_mode))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC); /* or a FIFO that nobody reads would hold us up */
		if (own < 0)
			continue;
		fcntl(own, F_SETFL, 0);
		dup2(own, fd);
		close(own);
	}
}

static _Noreturn void become_command(int report)
{
	setpgid(0, 0);
	if (role == RUN)
		own_output();
	if (command.foreground)
		tcsetpgrp(STDIN_FILENO, getpid()); /* allowed, since SIGTTOU is still blocked: tcsetpgrp(3) */
	if (command.switch_user) {
		if (command.user ? initgroups(command.user, command.gid) : setgroups(0, NULL))
			fail("set the groups of", command.argv[0], report);
		if (setgid(command.gid) || setuid(command.uid))
			fail("set the user of", command.argv[0], report);
	}
	if (command.cwd && chdir(command.cwd))
		fail("enter", command.cwd, report);
	if (role == INIT)
		fcntl(line_ends[1], F_SETFD, 0);
	for (int i = 0; i < endpoint_count; i++)
		fcntl(HELD + i, F_SETFD, 0);
	if (endpoint_count)
		snprintf(environment[1], sizeof(environment[1]), "LISTEN_PID=%d", getpid());
	sigaction(SIGCHLD, &given.child, NULL);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &given.mask, NULL, sizeof(given.mask));
	execvp(command.argv[0], command.argv);
	fail("execute", command.argv[0], report);
}

/* Returns -1, with errno, when there is no process to be had. */
static pid_t fork_command(int report)
{
	pid_t pid = fork();

	if (pid == 0)
		become_command(report);
	if (pid < 0)
		return -1;
	setpgid(pid, pid); /* by both, so that the group exists before anybody signals it */
	empty = false;
	return pid;
}

static bool start_command(int report)
{
	pid_t pid = fork_command(report);

	if (pid < 0)
		return false;
	main_process.pid = pid;
	main_kind = RUNNING;
	return true;
}

static void open_slot(int slot, int fd)
{
	fds[slot] = (struct pollfd){ .fd = fd, .events = POLLIN };
}

static void close_slot(int slot)
{
	close(fds[slot].fd);
	open_slot(slot, -1);
}

/* Hands over every whole line that has come; a line that is too long is handed over as an empty one. False: the end. */
static bool take_lines(int slot, int client, void (*take)(int client, char *line, size_t length))
{
	struct buffer *in = &heard[client];
	ssize_t bytes = recv(fds[slot].fd, in->text + in->used, LINE_BYTES - in->used, MSG_DONTWAIT);
	char *line = in->text, *end;

	if (bytes <= 0)
		return bytes < 0 && (errno == EAGAIN || errno == EINTR);
	in->used += (size_t)bytes;
	while ((end = memchr(line, '\n', in->used))) {
		*end = '\0';
		in->used -= (size_t)(end + 1 - line);
		take(client, line, (size_t)(end - line));
		line = end + 1;
		if (fds[slot].fd < 0)
			return true;
	}
	memmove(in->text, line, in->used);
	if (in->used == LINE_BYTES) {
		in->used = 0;
		in->text[0] = '\0';
		take(client, in->text, 0);
	}
	return true;
}

/* From now on the supervisor may be silent for so long. Not while it is being ended: it is told so once. */
static void await_word(int64_t ms)
{
	silence_ms = ms;
	half_over = false;
	alarms[SILENCE] = ms && !alarms[KILL] ? now() + ms / 2 : 0;
}

/* However short a stop may be, a supervisor that hangs is noticed first, and the next one has a chance. */
static void await_stop(void)
{
	alarms[STOP] = now() + (stop_timeout_ms > ANSWER_MS ? stop_timeout_ms : ANSWER_MS) + SLACK_MS;
}

static bool is_number_after(const char *word, const char *line, unsigned long long max, unsigned long long *number)
{
	size_t length = strlen(word);

	return !strncmp(line, word, length) && read_number(line + length, max, number);
}

/* Whatever it says, it lives. While it stops the services it says so again and again, and once it has decided it ends. */
static void hear_supervisor(int client, char *line, size_t length)
{
	bool stopping = !strcmp(line, "stopping");
	unsigned long long number;

	(void)client;
	(void)length;
	if (!strncmp(line, "title ", 6))
		set_title("", line + 6);
	else if (is_number_after("exit ", line, 255, &number))
		decision = (int)number;
	else if (is_number_after("watchdog ", line, DAY, &number))
		watchdog_ms = 1000 * (int64_t)number;
	else if (is_number_after("stop-timeout ", line, DAY, &number))
		stop_timeout_ms = 1000 * (int64_t)number;
	else if (!strcmp(line, "again"))
		deaths = 0;
	else if (stopping)
		await_stop();
	if (!strcmp(line, "serving") || !strcmp(line, "watchdog 0"))
		alarms[STOP] = 0;
	heard_at = now();
	await_word((stopping || decision >= 0) && watchdog_ms > ANSWER_MS ? ANSWER_MS : watchdog_ms);
}

/* What lies in the socket was said before. */
static void hear_out(void)
{
	for (int n = 0; n < BATCH && (errno = 0, take_lines(LINE, 0, hear_supervisor)) && !errno; n++)
		;
}

/* A TERM to a shim is its service's stop signal. What has not ended in time is killed. */
static void stop_by_ourselves(void)
{
	decision = decision < 0 ? BROKEN : decision;
	alarms[RESTART] = alarms[STOP] = 0;
	signal_all(SIGTERM, 1, false);
	alarms[END] = now() + stop_timeout_ms;
}

/*
 * First it is heard out: its decision may still lie in the socket. Half a line
 * is dropped, or it would spoil the next supervisor's first.
 */
static void supervisor_ended(void)
{
	int64_t pause = BACKOFF_MS;

	main_kind = EXITED;
	hear_out();
	heard[0].used = 0;
	watchdog_ms = alarms[SILENCE] = alarms[KILL] = 0;
	deaths = now() - supervisor_since < HEALTHY_MS ? deaths + 1 : 1;
	if (decision >= 0) {
		alarms[STOP] = 0;
		alarms[END] = alarms[END] ? alarms[END] : now(); /* set already where we have begun to stop the services */
	} else if (deaths >= DEATHS) {
		say("cannot keep the supervisor alive: it died %d times in a row", deaths);
		stop_by_ourselves();
	} else {
		for (int n = 2; n < deaths; n++)
			pause = pause * 2 < BACKOFF_MAX_MS ? pause * 2 : BACKOFF_MAX_MS;
		alarms[RESTART] = now() + (deaths == 1 ? 0 : pause);
	}
}

/* A new one only where there is none, or where a supervisor has shut it down for good. */
static void open_line(void)
{
	if (fds[LINE].fd >= 0)
		return;
	close(line_ends[0]);
	close(line_ends[1]);
	line_ends[0] = line_ends[1] = -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line_ends))
		say("cannot make a socket pair: %m");
	open_slot(LINE, line_ends[0]);
	snprintf(environment[0], sizeof(environment[0]), "BORGINIT_INIT_FD=%d", line_ends[1]);
}

static void start_supervisor(void)
{
	open_line();
	snprintf(environment[1], sizeof(environment[1]), "BORGINIT_RESTARTS=%d", restarts++);
	supervisor_since = heard_at = now();
	await_word(start_timeout_ms);
	if (start_command(-1))
		return;
	say("cannot start the supervisor: %m");
	supervisor_ended();
}

/*
 * ABRT leaves a trace of where it hangs, and CONT has one that is stopped take
 * it. The time in which it was silent was no life: one that always hangs is
 * given up like one that always dies.
 */
static void end_supervisor(void)
{
	say("the supervisor was silent for %d s: ended with SIGABRT", (int)(silence_ms / 1000));
	supervisor_since += now() - heard_at;
	alarms[KILL] = now() + TRACE_MS;
	kill(main_process.pid, SIGABRT);
	kill(main_process.pid, SIGCONT);
}

/*
 * Silence counts by halves: whatever stops all of us for a while (a freezer,
 * a suspended machine) falls into one of them, and in the other one the
 * supervisor could speak.
 */
static void judge_silence(void)
{
	hear_out();
	if (alarms[SILENCE] || !silence_ms)
		return;
	if (half_over) {
		end_supervisor();
	} else {
		half_over = true;
		alarms[SILENCE] = now() + silence_ms / 2;
	}
}

/* No supervisor has ended it all, nor says that it is about to. */
static void judge_stop(void)
{
	hear_out();
	if (alarms[STOP])
		return;
	say("no supervisor stops the services in time: stopping them");
	if (main_kind == RUNNING)
		kill(main_process.pid, SIGKILL);
	stop_by_ourselves();
}

/* We slept for longer than we wanted to, and the supervisor perhaps with us: all that it has to do in time begins anew. */
static void stood_still(void)
{
	if (alarms[SILENCE])
		await_word(silence_ms);
	if (alarms[STOP])
		await_stop();
}

static const char *errno_text(int error)
{
	static char number[12];

	for (size_t i = 0; i < COUNT(errno_names); i++)
		if (errno_names[i].number == error)
			return errno_names[i].name;
	snprintf(number, sizeof(number), "%d", error);
	return number;
}

/* Without --linger what runs may go on for ever with nobody to hear of it: the next supervisor will. */
static void mind_clients(void)
{
	alarms[LINGER] = linger_ms < 0 ? 0 : now() + linger_ms;
	for (int client = 0; client < CLIENTS; client++)
		if (fds[CLIENT + client].fd >= 0)
			alarms[LINGER] = 0;
}

static void hang_up(int client)
{
	close_slot(CLIENT + client);
	mind_clients();
	heard[client].used = 0;
	for (int i = 0; i < WATCHES; i++)
		if (fds[WATCH + i].fd >= 0 && watcher[i] == client)
			close_slot(WATCH + i);
}

/* A line that does not fit into the socket's buffer is for somebody who does not read. */
static void tell(int client, const char *format, ...)
{
	char line[128];
	va_list list;
	int length;

	if (fds[CLIENT + client].fd < 0)
		return;
	va_start(list, format);
	length = vsnprintf(line, sizeof(line), format, list);
	va_end(list);
	if (send(fds[CLIENT + client].fd, line, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL) != length)
		hang_up(client);
}

static void tell_running(int client, const char *which, const struct process *process)
{
	tell(client, "%s running %d %llu\n", which, process->pid, process->start);
}

static void tell_end(int client, const char *which, const struct process *process, enum main_kind how, int value)
{
	const char *verb = how == EXITED ? "exited" : "signaled";

	tell(client, "%s %s %d %llu %d\n", which, verb, process->pid, process->start, value);
}

static void tell_main(int client)
{
	if (main_kind == RUNNING)
		tell_running(client, "main", &main_process);
	else if (main_kind == FAILED)
		tell(client, "main failed %s\n", errno_text(main_value));
	else
		tell_end(client, "main", &main_process, main_kind, main_value);
}

static enum main_kind read_status(int status, int *value)
{
	*value = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
	return WIFEXITED(status) ? EXITED : SIGNALED;
}

static void second_ended(int status)
{
	int value;
	enum main_kind how = read_status(status, &value);

	for (int client = 0; client < CLIENTS; client++)
		tell_end(client, "second", &second, how, value);
	second.pid = 0;
}

static void main_ended(int status)
{
	main_kind = read_status(status, &main_value);
	if (role == ALONE) {
		int code = main_kind == EXITED ? main_value : 128 + main_value;

		kill(-main_process.pid, SIGTERM); /* as PID 1 the kernel is about to send KILL */
		leave(remapped[code] ? 0 : code);
	}
	for (int client = 0; client < CLIENTS; client++)
		tell_main(client);
}

/*
 * Once the main process has ended, an heir that is our living child takes its
 * place. One that still hangs from another process waits: only its parent
 * learns how a process ends.
 */
static void promote_heir(void)
{
	siginfo_t ended = { 0 };
	bool is_child = !waitid(P_PID, (id_t)heir.pid, &ended, WEXITED | WNOHANG | WNOWAIT);

	if (!is_child && is_below(&heir, DEPTH))
		return;
	if (is_child && !ended.si_pid && is_below(&heir, 1)) {
		main_process = heir;
		main_kind = RUNNING;
		if (second.pid == heir.pid)
			second.pid = 0;
		for (int client = 0; client < CLIENTS; client++)
			tell_main(client);
		if (leaving)
			kill(heir.pid, stop_signal);
	}
	heir.pid = 0;
}

/*
 * SIGCHLD coalesces: one delivery may stand for many exits, so wait until there
 * is nothing left. Nobody is alive below us when there is nobody to wait for:
 * all that live below hang from a child of ours.
 */
static void reap(void)
{
	bool was_empty = empty;
	int status, buried = 0;
	pid_t pid = 0;

	for (; buried < BATCH && (pid = waitpid(-1, &status, WNOHANG)) > 0; buried++) {
		if (pid == main_process.pid && main_kind == RUNNING)
			role == INIT ? supervisor_ended() : main_ended(status);
		else if (pid == second.pid)
			second_ended(status);
		if (heir.pid && main_kind != RUNNING)
			promote_heir();
	}
	empty = pid < 0 && errno == ECHILD;
	alarms[REAP] = pid > 0 ? now() : 0;
	if (buried && alarms[SWEEP] && pid == 0)
		alarms[SWEEP] = now(); /* their children are ours now */
	for (int client = 0; empty && !was_empty && client < CLIENTS; client++)
		tell(client, "empty\n");
}

static struct process process_at(const struct request *request, int at)
{
	/* A pid that is none has no process: 0 finds none either. */
	pid_t pid = request->words[at] > INT32_MAX ? 0 : (pid_t)request->words[at];

	return (struct process){ .pid = pid, .start = request->words[at + 1] };
}

static int signal_main(const struct request *request)
{
	if (request->words[0] > SIGNALS)
		return EINVAL;
	return main_kind == RUNNING && !kill(main_process.pid, (int)request->words[0]) ? 0 : ESRCH;
}

static int signal_every(const struct request *request)
{
	return request->words[0] > SIGNALS ? EINVAL : signal_all((int)request->words[0], DEPTH, false);
}

static int signal_one(const struct request *request)
{
	struct process process = process_at(request, 0);

	return request->words[2] > SIGNALS ? EINVAL : signal_below(&process, (int)request->words[2], DEPTH);
}

static int freeze(const struct request *request)
{
	if (request->count % 2 == 0)
		return EPROTO;
	if (request->words[0] > FREEZE_MS)
		return EINVAL;
	if (!frozen_count)
		alarms[THAW] = now() + (int64_t)request->words[0];
	for (int at = 1; at < request->count; at += 2) {
		if (frozen_count == FROZEN)
			return ENOSPC;
		frozen[frozen_count] = process_at(request, at);
		if (!signal_below(&frozen[frozen_count], SIGSTOP, DEPTH))
			frozen_count++;
	}
	return 0;
}

static int thaw_now(const struct request *request)
{
	(void)request;
	thaw();
	return 0;
}

static void say_gone(int client, const struct process *process)
{
	tell(client, "gone %d %llu\n", process->pid, process->start);
}

static int watch(const struct request *request)
{
	struct process process = process_at(request, 0);
	struct look look;
	int slot = 0, fd;

	if (request->words[0] > INT32_MAX)
		return EINVAL;
	while (slot < WATCHES && fds[WATCH + slot].fd >= 0)
		slot++;
	if (slot == WATCHES)
		return ENOSPC;
	fd = (int)syscall(SYS_pidfd_open, process.pid, 0);
	if (fd < 0 && errno != ESRCH && errno != EINVAL)
		return errno;
	if (fd >= 0 && look_at(process.pid, &look) && look.start == process.start) {
		watched[slot] = process;
		watcher[slot] = request->client;
		open_slot(WATCH + slot, fd);
		return 0;
	}
	if (fd >= 0)
		close(fd);
	say_gone(request->client, &process);
	return 0;
}

static int name_heir(const struct request *request)
{
	struct process process = process_at(request, 0);

	if (request->words[0] && signal_below(&process, 0, DEPTH))
		return ESRCH;
	heir = process;
	if (heir.pid && main_kind != RUNNING)
		promote_heir();
	return 0;
}

/* An exec that fails is said by the child itself and shows in how it ends: to wait for that could take for ever. */
static int start_second(const struct request *request)
{
	struct look look;

	(void)request;
	if (main_kind != RUNNING)
		return ESRCH;
	if (second.pid)
		return EBUSY;
	second.pid = fork_command(-1);
	if (second.pid < 0) {
		second.pid = 0;
		return errno;
	}
	/* Whether it has ended or not, until reap() it is there to be looked at. */
	second.start = look_at(second.pid, &look) ? look.start : 0;
	for (int client = 0; client < CLIENTS; client++)
		tell_running(client, "second", &second);
	return 0;
}

static int kill_every(const struct request *request)
{
	(void)request;
	sweep_pause = 0;
	sweep();
	return 0;
}

static int end(const struct request *request)
{
	(void)request;
	finished = empty;
	return empty ? 0 : EBUSY;
}

/* What follows the verb are numbers. The longer of two verbs that begin alike comes first. */
static const struct {
	const char *verb;
	int min, max;
	int (*perform)(const struct request *request); /* returns an errno */
} requests[] = {
	{ "signal main", 1, 1, signal_main }, { "signal all", 1, 1, signal_every }, { "signal", 3, 3, signal_one },
	{ "freeze", 3, WORDS, freeze }, { "thaw", 0, 0, thaw_now }, { "watch", 2, 2, watch },
	{ "heir", 2, 2, name_heir }, { "second", 0, 0, start_second }, { "kill", 0, 0, kill_every }, { "end", 0, 0, end },
};

/* Reads all of a line before any of it is done. Returns an errno: EPROTO when it makes no sense. */
static int perform(struct request *request, char *verb)
{
	for (size_t i = 0; i < COUNT(requests); i++) {
		size_t length = strlen(requests[i].verb);
		char *at;

		if (strncmp(verb, requests[i].verb, length) || (verb[length] != ' ' && verb[length]))
			continue;
		at = verb[length] ? verb + length + 1 : NULL;
		while (at && request->count < WORDS)
			if (!read_number(strsep(&at, " "), ANY_START, &request->words[request->count++]))
				return EPROTO;
		if (at || request->count < requests[i].min || request->count > requests[i].max)
			return EPROTO;
		return requests[i].perform(request);
	}
	return EPROTO;
}

static void obey(int client, char *line, size_t length)
{
	static struct request request;
	bool is_text = strlen(line) == length;
	char *verb = line, *id = strsep(&verb, " ");
	unsigned long long number;
	int error = EPROTO;

	request.client = client;
	request.count = 0;
	if (is_text && verb && read_number(id, ANY_START, &number))
		error = perform(&request, verb);
	if (error == 0)
		tell(client, "ok %s\n", id);
	else
		tell(client, "error %s %s\n", error == EPROTO ? "0" : id, errno_text(error));
	if (error == EPROTO && fds[CLIENT + client].fd >= 0)
		hang_up(client);
}

static void welcome(void)
{
	int fd = accept4(fds[LISTENER].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), client = 0;
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t bytes = sizeof(peer);

	if (fd < 0) {
		alarms[ACCEPT] = now() + RETRY_MS;
		return;
	}
	while (client < CLIENTS && fds[CLIENT + client].fd >= 0)
		client++;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes);
	if (client == CLIENTS || (peer.uid != 0 && peer.uid != geteuid())) {
		close(fd);
		return;
	}
	open_slot(CLIENT + client, fd);
	mind_clients();
	tell(client, "hello 1 %d %llu\n", self.pid, self.start);
	tell_main(client);
	if (second.pid)
		tell_running(client, "second", &second);
	if (empty)
		tell(client, "empty\n");
	tell(client, "ready\n");
}

/*
 * What stops everything must end in time though the supervisor hangs. Whether
 * such a signal does, the supervisor knows: it answers at once.
 */
static void pass_to_supervisor(int signo)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "signal %d\n", signo);
	bool may_stop = signo == SIGTERM || signo == SIGINT || signo == SIGQUIT;

	hear_out(); /* what it has said before is no answer */
	send(line_ends[0], text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!may_stop || !silence_ms || alarms[STOP] || decision >= 0)
		return;
	await_stop();
	if (watchdog_ms > ANSWER_MS)
		await_word(ANSWER_MS);
}

static void take_signal(int signo)
{
	if (signo == SIGCHLD)
		return;
	if (role == ALONE) {
		if (rewritten[signo])
			kill(single_child ? main_process.pid : -main_process.pid, rewritten[signo]);
	} else if (role == INIT) {
		pass_to_supervisor(signo);
	} else {
		if (signo == SIGTERM && !leaving && stop_timeout_ms >= 0)
			alarms[GIVE_UP] = now() + stop_timeout_ms;
		leaving = leaving || signo == SIGTERM;
		if (main_kind == RUNNING)
			kill(main_process.pid, signo == SIGTERM ? stop_signal : signo);
		if (second.pid && signo == SIGTERM)
			kill(second.pid, stop_signal);
	}
}

static void serve(int slot)
{
	struct signalfd_siginfo info;

	if (slot == SIGNAL_FD) {
		if (read(fds[slot].fd, &info, sizeof(info)) == sizeof(info))
			take_signal((int)info.ssi_signo);
	} else if (slot == LISTENER) {
		welcome();
	} else if (slot == LINE) {
		if (!take_lines(slot, 0, hear_supervisor))
			open_slot(slot, -1); /* it may still listen */
	} else if (slot < WATCH) {
		if (!take_lines(slot, slot - CLIENT, obey) && fds[slot].fd >= 0)
			hang_up(slot - CLIENT);
	} else {
		close_slot(slot);
		say_gone(watcher[slot - WATCH], &watched[slot - WATCH]);
	}
}

static void ring(void)
{
	if (due(THAW))
		thaw();
	if (due(SWEEP) && !empty)
		sweep();
	if (due(LINGER) && !leaving)
		take_signal(SIGTERM);
	if (due(GIVE_UP))
		sweep();
	if (due(RESTART))
		start_supervisor();
	if (due(SILENCE))
		judge_silence();
	if (due(KILL)) {
		say("the supervisor did not end: ended with SIGKILL");
		kill(main_process.pid, SIGKILL);
	}
	if (due(STOP))
		judge_stop();
	if (due(END)) {
		alarms[LEAVE] = now() + LEAVE_MS;
		sweep();
	}
	due(ACCEPT);
}

/* As PID 1 this must not end, whatever a call returns: what failed is tried again when poll() says so. */
static _Noreturn void loop(void)
{
	for (;;) {
		int64_t next = INT64_MAX, wait;
		nfds_t used = FDS;
		int told;

		for (int i = 0; i < ALARMS; i++)
			if (alarms[i] && alarms[i] < next)
				next = alarms[i];
		wait = next == INT64_MAX ? -1 : next > now() ? next - now() : 0;
		fds[LISTENER].events = alarms[ACCEPT] ? 0 : POLLIN;
		while (used > 0 && fds[used - 1].fd < 0)
			used--; /* poll(2): EINVAL for more than RLIMIT_NOFILE, used or not */
		told = poll(fds, used, (int)wait);
		if (next != INT64_MAX && now() - next > OVERSLEPT_MS)
			stood_still();
		reap();
		ring();
		for (int slot = 0; told > 0 && slot < (int)used; slot++)
			if (fds[slot].fd >= 0 && fds[slot].revents)
				serve(slot);
		if (role == RUN && empty && (finished || leaving))
			leave(0);
		if (role == INIT && decision >= 0 && (empty || due(LEAVE)))
			leave(decision);
	}
}

/*
 * A lock on a file that is no longer the one of that name protects nothing: its
 * holder may have removed it between our open() and our flock(). It says who
 * holds it, or did until it was killed.
 */
static void take_lock(void)
{
	struct stat held, named;

	for (;;) {
		int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

		if (fd < 0)
			die(BROKEN, "cannot open %s: %m", lock_path);
		if (flock(fd, LOCK_EX | LOCK_NB))
			die(errno == EWOULDBLOCK ? TAKEN : BROKEN, "cannot lock %s: %m", lock_path);
		if (!fstat(fd, &held) && !stat(lock_path, &named) && held.st_dev == named.st_dev &&
		    held.st_ino == named.st_ino) {
			if (ftruncate(fd, 0) || dprintf(fd, "%d %llu\n", self.pid, self.start) < 0)
				say("cannot sign %s: %m", lock_path); /* a full disk is no reason not to serve */
			return;
		}
		close(fd);
	}
}

static void listen_on_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(0177);

	memcpy(address.sun_path, socket_path, sizeof(socket_path));
	unlink(socket_path); /* we hold the lock, so nobody listens there */
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, CLIENTS))
		die(BROKEN, "cannot listen on %s: %m", socket_path);
	umask(mask);
	open_slot(LISTENER, fd);
}

/* A path at which nobody listens any more is what a shim has left that was killed. */
static void remove_stale(const struct endpoint *one)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (connect(fd, (const struct sockaddr *)&one->address, one->bytes) && errno == ECONNREFUSED)
		unlink(one->text);
	close(fd);
}

/* Whoever may reach a path's directory may connect, as with a port. */
static void hold_sockets(void)
{
	static const int yes = 1;
	mode_t mask = umask(0111);

	for (int i = 0; i < endpoint_count; i++) {
		const struct endpoint *one = &endpoints[i];

		if (one->address.ss_family == AF_UNIX)
			remove_stale(one);
		else
			setsockopt(HELD + i, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
		if (bind(HELD + i, (const struct sockaddr *)&one->address, one->bytes) || listen(HELD + i, SOMAXCONN))
			die(BROKEN, "cannot listen on %s: %m", one->text);
	}
	umask(mask);
	if (!endpoint_count)
		return;
	snprintf(environment[0], sizeof(environment[0]), "LISTEN_FDS=%d", endpoint_count);
	snprintf(environment[1], sizeof(environment[1]), "LISTEN_PID=0");
	putenv(environment[0]);
	putenv(environment[1]);
}

/* Returns in the shim. Whoever called us waits until the other end says that clients may come. */
static int leave_foreground(void)
{
	int ready[2], status;
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) || (pid = fork()) < 0)
		die(BROKEN, "cannot fork: %m");
	if (pid == 0) {
		close(ready[0]);
		/* What the terminal's keys send is for the command; only one in the foreground needs our terminal for that. */
		if (command.foreground)
			setpgid(0, 0);
		else
			setsid();
		return ready[1];
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		_exit(OK);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN);
}

static void become_subreaper(void)
{
	self.pid = getpid();
	if (self.pid != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1))
		die(BROKEN, "cannot become a subreaper: %m");
}

/* The command's descriptors are not ours to hold: what it closes has to be closed. Standard output is: it is the log's. */
static void drop_inherited(void)
{
	for (int fd = STDERR_FILENO + 1; fd < BATCH; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !(flags & FD_CLOEXEC))
			close(fd);
	}
}

static void start_run(const char *name)
{
	int ready = leave_foreground(), report[2], error;
	struct look look;

	become_subreaper();
	if (!look_at(self.pid, &look))
		die(BROKEN, "cannot read /proc/self/stat: %m");
	self.start = look.start;
	snprintf(mark, sizeof(mark), "BORGINIT_SHIM=%d:%llu", self.pid, self.start);
	putenv(mark);
	take_lock();
	listen_on_socket();
	hold_sockets();
	if (!command.foreground && dup2(open("/dev/null", O_RDWR | O_CLOEXEC), STDIN_FILENO) < 0)
		die(BROKEN, "cannot open /dev/null: %m");
	if (pipe2(report, O_CLOEXEC) || !start_command(report[1]))
		die(BROKEN, "cannot start %s: %m", command.argv[0]);
	close(report[1]);
	if (look_at(main_process.pid, &look))
		main_process.start = look.start;
	if (read(report[0], &error, sizeof(error)) == sizeof(error)) {
		main_kind = FAILED;
		main_value = error;
	}
	close(report[0]);
	drop_inherited();
	set_title("ppidshim ", name);
	if (chdir("/") || write(ready, "", 1) < 0)
		say("cannot leave the foreground: %m");
	close(ready);
	mind_clients();
}

static void start_init(const char *name)
{
	become_subreaper();
	open_line();
	snprintf(environment[1], sizeof(environment[1]), "BORGINIT_RESTARTS=0");
	putenv(environment[0]);
	putenv(environment[1]);
	set_title("borginit:", name);
	start_supervisor();
}

static void start_alone(void)
{
	become_subreaper();
	command.foreground = isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
	if (!start_command(-1))
		die(BROKEN, "cannot start %s: %m", command.argv[0]);
}

static int read_signal(const char *text)
{
	unsigned long long number;

	if (read_number(text, SIGNALS, &number))
		return (int)number;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	for (size_t i = 0; i < COUNT(signal_names); i++)
		if (!strcasecmp(text, signal_names[i].name))
			return signal_names[i].number;
	die(USAGE, "cannot understand signal %s: no such name or number", text);
}

static void read_rewrite(char *text)
{
	char *to = text, *from = strsep(&to, ":");

	if (!to)
		die(USAGE, "cannot understand rewrite %s: expected FROM:TO", text);
	rewritten[read_signal(from)] = read_signal(to);
}

static int read_option_number(const char *text, unsigned long long max)
{
	unsigned long long number;

	if (!read_number(text, max, &number))
		die(USAGE, "cannot understand %s: expected a number up to %llu", text, max);
	return (int)number;
}

/* Names first: a user may be called 1000. One without a name has no primary group that we could know. */
static void read_user(char *text)
{
	char *group_name = text, *name = strsep(&group_name, ":");
	const struct passwd *user = getpwnam(name);
	const struct group *group;
	unsigned long long number = 0;

	if (!user && read_number(name, UINT32_MAX - 1, &number))
		user = getpwuid((uid_t)number);
	else if (!user)
		die(USAGE, "cannot run as %s: no such user", name);
	if (!user && !group_name)
		die(USAGE, "cannot run as %s: it has no name, so a group is needed too", name);
	command.uid = user ? user->pw_uid : (uid_t)number;
	command.gid = user ? user->pw_gid : 0;
	command.user = user ? strdup(user->pw_name) : NULL;
	if (group_name) {
		group = getgrnam(group_name);
		if (!group && !read_number(group_name, UINT32_MAX - 1, &number))
			die(USAGE, "cannot run as group %s: no such group", group_name);
		command.gid = group ? group->gr_gid : (gid_t)number;
	}
	command.switch_user = command.uid != geteuid() || command.gid != getegid();
}

static void read_socket(const char *path)
{
	if (*path != '/' || strlen(path) >= sizeof(socket_path))
		die(USAGE, "cannot listen on %s: expected an absolute path below %zu bytes", path, sizeof(socket_path));
	strcpy(socket_path, path);
	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
}

static bool read_address(const char *text, struct endpoint *one)
{
	struct sockaddr_un *path = (struct sockaddr_un *)&one->address;
	struct sockaddr_in *four = (struct sockaddr_in *)&one->address;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&one->address;
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;
	unsigned long long port;

	if (*text == '/' && strlen(text) < sizeof(path->sun_path)) {
		path->sun_family = AF_UNIX;
		strcpy(path->sun_path, text);
		one->bytes = sizeof(*path);
		return true;
	}
	if (!colon || length >= sizeof(host) || !read_number(colon + 1, UINT16_MAX, &port))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	if (inet_pton(AF_INET, host, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		one->bytes = sizeof(*four);
		return true;
	}
	if (length < 2 || host[0] != '[' || host[length - 1] != ']')
		return false;
	host[length - 1] = '\0';
	six->sin6_family = AF_INET6;
	six->sin6_port = htons((uint16_t)port);
	one->bytes = sizeof(*six);
	return inet_pton(AF_INET6, host + 1, &six->sin6_addr) == 1;
}

/* The socket gets its descriptor before any of ours could have that; whatever was inherited there makes room. */
static void read_listen(const char *text)
{
	struct endpoint *one = &endpoints[endpoint_count];
	int fd;

	if (endpoint_count == SOCKETS)
		die(USAGE, "cannot listen on %s: more than %d sockets", text, SOCKETS);
	if (!read_address(text, one))
		die(USAGE, "cannot listen on %s: expected ADDRESS:PORT, [ADDRESS]:PORT or an absolute path", text);
	one->text = strdup(text);
	fd = socket(one->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || (fd != HELD + endpoint_count && dup3(fd, HELD + endpoint_count, O_CLOEXEC) < 0))
		die(BROKEN, "cannot make a socket for %s: %m", text);
	if (fd != HELD + endpoint_count)
		close(fd);
	endpoint_count++;
}

static _Noreturn void print_help(void)
{
	puts("usage: ppidshim [OPTION...] [--] COMMAND [ARG...]\n"
	     "  -c, --single-child      forward signals to the command alone, not to its group\n"
	     "  -r, --rewrite FROM:TO   forward TO instead of FROM; TO 0 drops the signal\n"
	     "  -e, --remap-exit CODE   leave with 0 where the command left with CODE\n"
	     "  -h, --help, -V, --version\n"
	     "usage: ppidshim --run --socket PATH [--name NAME] [--user USER[:GROUP]] [--cwd DIR]\n"
	     "                [--stop-signal N] [--stop-timeout SECONDS] [--linger SECONDS] [--foreground]\n"
	     "                [--listen ADDRESS]... -- COMMAND [ARG...]\n"
	     "usage: ppidshim --init [--name NAME] [--start-timeout SECONDS] [--stop-timeout SECONDS]\n"
	     "                -- SUPERVISOR [ARG...]");
	exit(OK);
}

enum option_name { NAME = 256, SOCKET, USER, CWD, STOP_SIGNAL, FOREGROUND, LISTEN, START_TIMEOUT, STOP_TIMEOUT, LINGER_FOR };

static const struct option alone_options[] = {
	{ "single-child", no_argument, NULL, 'c' },
	{ "rewrite", required_argument, NULL, 'r' },
	{ "remap-exit", required_argument, NULL, 'e' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 },
}, run_options[] = {
	{ "socket", required_argument, NULL, SOCKET },
	{ "name", required_argument, NULL, NAME },
	{ "user", required_argument, NULL, USER },
	{ "cwd", required_argument, NULL, CWD },
	{ "stop-signal", required_argument, NULL, STOP_SIGNAL },
	{ "stop-timeout", required_argument, NULL, STOP_TIMEOUT },
	{ "linger", required_argument, NULL, LINGER_FOR },
	{ "foreground", no_argument, NULL, FOREGROUND },
	{ "listen", required_argument, NULL, LISTEN },
	{ 0 },
}, init_options[] = {
	{ "name", required_argument, NULL, NAME },
	{ "start-timeout", required_argument, NULL, START_TIMEOUT },
	{ "stop-timeout", required_argument, NULL, STOP_TIMEOUT },
	{ 0 },
};

/* Returns the name for the title. */
static const char *read_options(int argc, char **argv)
{
	const struct option *options = role == RUN ? run_options : role == INIT ? init_options : alone_options;
	const char *name = "";
	int option;

	optind = role == ALONE ? 1 : 2;
	opterr = 0;
	while ((option = getopt_long(argc, argv, role == ALONE ? "+cgsvwr:e:hV" : "+", options, NULL)) != -1)
		switch (option) {
		case 'c': single_child = true; break;
		case 'g': case 's': case 'v': case 'w': break; /* tini's and dumb-init's: done anyway, or never */
		case 'r': read_rewrite(optarg); break;
		case 'e': remapped[read_option_number(optarg, 255)] = true; break;
		case 'h': print_help();
		case 'V': puts("ppidshim " VERSION); exit(OK);
		case NAME: name = optarg; break;
		case SOCKET: read_socket(optarg); break;
		case USER: read_user(optarg); break;
		case CWD: command.cwd = strdup(optarg); break; /* of the title's area nothing is left to read later */
		case STOP_SIGNAL: stop_signal = read_signal(optarg); break;
		case FOREGROUND: command.foreground = true; break;
		case LISTEN: read_listen(optarg); break;
		case LINGER_FOR: linger_ms = 1000 * read_option_number(optarg, DAY); break;
		case START_TIMEOUT: start_timeout_ms = 1000 * read_option_number(optarg, DAY); break;
		case STOP_TIMEOUT: stop_timeout_ms = 1000 * read_option_number(optarg, DAY); break;
		default: die(USAGE, "cannot understand %s: try --help", argv[optind - 1]);
		}
	command.argv = argv + optind;
	if (role == INIT && stop_timeout_ms < 0)
		stop_timeout_ms = 10000;
	if (optind >= argc)
		die(USAGE, "cannot start a command: none is given");
	if (role == RUN && !*socket_path)
		die(USAGE, "cannot listen: --socket is not given");
	return name;
}

int main(int argc, char **argv)
{
	const char *name;
	int fd;

	/* A closed standard descriptor would become one of ours, and the command would write into it. */
	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	close(fd);
	for (int slot = 0; slot < FDS; slot++)
		open_slot(slot, -1);
	for (int signo = 1; signo <= SIGNALS; signo++)
		rewritten[signo] = signo;
	role = argc > 1 && !strcmp(argv[1], "--run") ? RUN : argc > 1 && !strcmp(argv[1], "--init") ? INIT : ALONE;
	name = read_options(argc, argv);
	take_title_area(argv);
	take_signals_as_data();
	if (role == RUN)
		start_run(name);
	else if (role == INIT)
		start_init(name);
	else
		start_alone();
	loop();
}

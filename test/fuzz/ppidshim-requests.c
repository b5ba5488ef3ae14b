/*
 * What a client sends, fuzzed with libFuzzer:
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -o /tmp/fuzz test/fuzz/ppidshim-requests.c
 *   /tmp/fuzz -dict=test/fuzz/ppidshim-requests.dict -print_funcs=0 -max_total_time=60
 *
 * Without -print_funcs=0 it starts a symbolizer, and a `kill` that it finds ends that.
 */
#define main ppidshim_main
#include "../../src/shim/ppidshim.c"
#undef main

static int other_end;

static void connect_client(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair))
		abort();
	open_slot(CLIENT, pair[0]);
	heard[0].used = 0;
	other_end = pair[1];
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	role = RUN;
	self.pid = getpid();
	main_kind = EXITED; /* there is no main process that could be signalled */
	for (int slot = 0; slot < FDS; slot++)
		open_slot(slot, -1);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char answers[4096];

	connect_client();
	for (size_t at = 0; at < size;) {
		/* The first byte of each piece says how long it is, so that lines are cut anywhere. */
		size_t bytes = data[at] * 16u + 1u;

		at++;
		bytes = bytes < size - at ? bytes : size - at;
		if (send(other_end, data + at, bytes, MSG_NOSIGNAL) < 0)
			break;
		at += bytes;
		while (fds[CLIENT].fd >= 0 && (errno = 0, take_lines(CLIENT, 0, obey)) && !errno)
			while (recv(other_end, answers, sizeof(answers), 0) > 0)
				;
	}
	if (fds[CLIENT].fd >= 0)
		hang_up(0);
	close(other_end);
	thaw();
	heir.pid = 0;
	memset(alarms, 0, sizeof(alarms));
	for (int slot = 0; slot < WATCHES; slot++)
		if (fds[WATCH + slot].fd >= 0)
			abort(); /* a watch outlived its client */
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* This file speaks with the control ports of the PBX and of the harness. A command is one line. The answer is "ok" or "error
 * TEXT", then lines that begin with a blank, then an empty line. */

struct port {
	SOCKET s;
	const char *name;
	SRWLOCK exchange_lock; /* one exchange at a time; a callback may begin one, too */
	int connected;
	char answer[1 << 16];
};

static struct port pbx_port = {.name = "PBX"}, harness_port = {.name = "harness"};

static int port_connect(struct port *p, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	char host[64];
	const char *colon = strrchr(address, ':');
	WSADATA unused;
	DWORD limit = 60000;

	WSAStartup(MAKEWORD(2, 2), &unused);
	if (!colon || (size_t)(colon - address) >= sizeof host)
		return 0;
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = 0;
	to.sin_addr.s_addr = inet_addr(host);
	to.sin_port = htons((u_short)atoi(colon + 1));
	p->s = socket(AF_INET, SOCK_STREAM, 0);
	if (p->s == INVALID_SOCKET || connect(p->s, (struct sockaddr *)&to, sizeof to) != 0)
		return 0;
	setsockopt(p->s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit);
	return p->connected = 1;
}

/* port_lost reports once that the port has ended; later commands fail. */
static int port_lost(struct port *p)
{
	if (p->connected)
		fprintf(stderr, "tapihost: the port of the %s does not answer any more\n", p->name);
	return p->connected = 0;
}

static int port_exchange(struct port *p, const char *line)
{
	char out[1024];
	int n = snprintf(out, sizeof out, "%s\n", line), got = 0;

	if (!p->connected)
		return 0;
	if (send(p->s, out, n, 0) != n)
		return port_lost(p);
	for (;;) {
		int r = recv(p->s, p->answer + got, (int)sizeof p->answer - 1 - got, 0);
		if (r <= 0)
			return port_lost(p);
		got += r;
		p->answer[got] = 0;
		if (strncmp(p->answer, "\n", 1) == 0 || strstr(p->answer, "\n\n") || got == (int)sizeof p->answer - 1)
			break;
	}
	if (strncmp(p->answer, "ok", 2) == 0)
		return 1;
	note("%.60s: %.30s", line, p->answer);
	return 0;
}

static int port_command(struct port *p, const char *line)
{
	int completed;

	AcquireSRWLockExclusive(&p->exchange_lock);
	completed = port_exchange(p, line);
	ReleaseSRWLockExclusive(&p->exchange_lock);
	return completed;
}

int pbx_connect(const char *address) { return port_connect(&pbx_port, address); }

int harness_connect(const char *address) { return port_connect(&harness_port, address); }

int pbx_connected(void) { return pbx_port.connected; }

int harness_connected(void) { return harness_port.connected; }

int pbx_command(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	note("pbx: %.80s", line);
	return port_command(&pbx_port, line);
}

LONGLONG server_disturbed_at;

/* harness_command notes the time, since each command disturbs the provider's server, and messages on their way with it. */
int harness_command(const char *format, ...)
{
	char line[512];
	int completed;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	note("harness: %.80s", line);
	server_disturbed_at = now_us();
	completed = port_command(&harness_port, line);
	server_disturbed_at = now_us();
	return completed;
}

int pbx_count_commands(const char *name)
{
	char word[64];
	int n = 0;

	if (!port_command(&pbx_port, "commands"))
		return -1;
	snprintf(word, sizeof word, "\n %s ", name);
	for (const char *p = pbx_port.answer; (p = strstr(p, word)); p++)
		n++;
	return n;
}

int pbx_commands_contain(const char *word) { return strstr(pbx_port.answer, word) != NULL; }

#include "host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The control ports of the PBX and of the harness: a line out, an answer back: "ok" or "error TEXT", lines that begin with a
 * blank, an empty line. */

struct port {
	SOCKET s;
	const char *name;
	SRWLOCK turn; /* one question at a time: a callback asks, too */
	int there;
	char answer[1 << 16];
};

static struct port phone = {.name = "PBX"}, house = {.name = "harness"};

static int reach(struct port *p, const char *address)
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
	return p->there = 1;
}

/* lost is said once: what is asked of the port from now on is not done. */
static int lost(struct port *p)
{
	if (p->there)
		fprintf(stderr, "tapihost: the %s does not answer any more\n", p->name);
	return p->there = 0;
}

static int asked(struct port *p, const char *line)
{
	char out[1024];
	int n = snprintf(out, sizeof out, "%s\n", line), got = 0;

	if (!p->there)
		return 0;
	if (send(p->s, out, n, 0) != n)
		return lost(p);
	for (;;) {
		int r = recv(p->s, p->answer + got, (int)sizeof p->answer - 1 - got, 0);
		if (r <= 0)
			return lost(p);
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

static int talk(struct port *p, const char *line)
{
	int done;

	AcquireSRWLockExclusive(&p->turn);
	done = asked(p, line);
	ReleaseSRWLockExclusive(&p->turn);
	return done;
}

int pbx_connect(const char *address) { return reach(&phone, address); }

int harness_connect(const char *address) { return reach(&house, address); }

int pbx_there(void) { return phone.there; }

int harness_there(void) { return house.there; }

int pbx(const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	note("pbx: %.80s", line);
	return talk(&phone, line);
}

LONGLONG shaken;

/* harness: whatever it is told shakes the provider's server, and with it what was on its way. */
int harness(const char *format, ...)
{
	char line[512];
	int done;
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	note("harness: %.80s", line);
	shaken = now_us();
	done = talk(&house, line);
	shaken = now_us();
	return done;
}

int pbx_commands(const char *name)
{
	char word[64];
	int n = 0;

	if (!talk(&phone, "commands"))
		return -1;
	snprintf(word, sizeof word, "\n %s ", name);
	for (const char *p = phone.answer; (p = strstr(p, word)); p++)
		n++;
	return n;
}

int pbx_heard(const char *word) { return strstr(phone.answer, word) != NULL; }

#include "probe.h"

#include <stdlib.h>
#include <string.h>

/* ---- control ports: a line out; "ok" or "error TEXT", lines that begin with a blank, an empty line back ---- */

struct port {
	SOCKET s;
	int there;
};

static struct port phones, house;
int pbx_there, house_there;

static int reach(struct port *p, const char *address)
{
	struct sockaddr_in to = {.sin_family = AF_INET};
	const char *colon = strrchr(address, ':');
	char host[64];
	DWORD limit = 40000;
	WSADATA unused;

	if (!colon || (size_t)(colon - address) >= sizeof host || WSAStartup(MAKEWORD(2, 2), &unused) != 0)
		return 0;
	memcpy(host, address, (size_t)(colon - address));
	host[colon - address] = 0;
	to.sin_addr.s_addr = inet_addr(host);
	to.sin_port = htons((u_short)atoi(colon + 1));
	p->s = socket(AF_INET, SOCK_STREAM, 0);
	if (p->s == INVALID_SOCKET)
		return 0;
	setsockopt(p->s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof limit);
	if (connect(p->s, (struct sockaddr *)&to, sizeof to) != 0) {
		closesocket(p->s);
		return 0;
	}
	return p->there = 1;
}

static int talk(struct port *p, const char *line, char *answer, size_t size)
{
	char out[2048];
	int n = snprintf(out, sizeof out, "%s\n", line), got = 0;

	answer[0] = 0;
	if (!p->there || n >= (int)sizeof out || send(p->s, out, n, 0) != n)
		return 0;
	while (got < (int)size - 1) {
		int r = recv(p->s, answer + got, (int)size - 1 - got, 0);
		if (r <= 0)
			return p->there = 0;
		got += r;
		answer[got] = 0;
		if (strstr(answer, "\n\n"))
			break;
	}
	answer[strcspn(answer, "\r\n")] = 0;
	return strncmp(answer, "ok", 2) == 0;
}

int pbx_reach(const char *address) { return pbx_there = reach(&phones, address); }

int pbx_say(const char *line, char *answer, size_t size) { return talk(&phones, line, answer, size); }

int house_reach(const char *address) { return house_there = reach(&house, address); }

/* ---- services ---- */

static DWORD service_now(SC_HANDLE s)
{
	SERVICE_STATUS st;

	return QueryServiceStatus(s, &st) ? st.dwCurrentState : 0;
}

static int service_until(SC_HANDLE s, DWORD state, DWORD ms)
{
	for (DWORD from = ms_now(); service_now(s) != state;) {
		if (ms_now() - from >= ms)
			return 0;
		Sleep(100);
	}
	return 1;
}

/* Services that were stopped because they need another one; they are started again with it. */
static WCHAR stopped[16][64];
static DWORD stopped_number;

static void stop_one(SC_HANDLE all, const WCHAR *name, DWORD ms)
{
	SC_HANDLE s = OpenServiceW(all, name, SERVICE_STOP | SERVICE_START | SERVICE_QUERY_STATUS);
	SERVICE_STATUS st;

	if (!s)
		return;
	if (ControlService(s, SERVICE_CONTROL_STOP, &st) && stopped_number < 16 && wcslen(name) < 64)
		wcscpy(stopped[stopped_number++], name);
	service_until(s, SERVICE_STOPPED, ms);
	CloseServiceHandle(s);
}

/* stop_dependents: until Windows 10, Remote Access and Fax need the Telephony service and must stop before it. They come in the
 * order in which they can be stopped. */
static void stop_dependents(SC_HANDLE all, SC_HANDLE s, DWORD ms)
{
	DWORD size = 0, n = 0;
	ENUM_SERVICE_STATUSW *list;

	EnumDependentServicesW(s, SERVICE_ACTIVE, NULL, 0, &size, &n);
	list = size && size < GROWTH_LIMIT ? malloc(size) : NULL;
	if (list && EnumDependentServicesW(s, SERVICE_ACTIVE, list, size, &size, &n))
		for (DWORD i = 0; i < n; i++)
			stop_one(all, list[i].lpServiceName, ms);
	free(list);
}

static void start_dependents(SC_HANDLE all)
{
	while (stopped_number > 0) {
		SC_HANDLE s = OpenServiceW(all, stopped[--stopped_number], SERVICE_START);
		if (s) {
			StartServiceW(s, 0, NULL);
			CloseServiceHandle(s);
		}
	}
}

static int stop_service(SC_HANDLE all, SC_HANDLE s, DWORD ms, DWORD *err)
{
	SERVICE_STATUS st;
	int done = ControlService(s, SERVICE_CONTROL_STOP, &st);

	*err = done ? 0 : GetLastError();
	if (*err == ERROR_DEPENDENT_SERVICES_RUNNING) {
		stop_dependents(all, s, ms);
		done = ControlService(s, SERVICE_CONTROL_STOP, &st);
		*err = done ? 0 : GetLastError();
	}
	if (*err && *err != ERROR_SERVICE_NOT_ACTIVE)
		return 0;
	*err = WAIT_TIMEOUT;
	return service_until(s, SERVICE_STOPPED, ms);
}

static int start_service(SC_HANDLE all, SC_HANDLE s, DWORD ms, DWORD *err)
{
	*err = StartServiceW(s, 0, NULL) ? 0 : GetLastError();
	if (*err && *err != ERROR_SERVICE_ALREADY_RUNNING)
		return 0;
	*err = WAIT_TIMEOUT;
	if (!service_until(s, SERVICE_RUNNING, ms))
		return 0;
	start_dependents(all);
	return 1;
}

/* service_step stops or starts a Windows service, or asks the harness to where there is one. */
int service_step(const char *name, const char *verb, DWORD ms, char *why, size_t size)
{
	char line[64];
	WCHAR wide[64];
	SC_HANDLE services, s;
	DWORD err = 0;
	int done;

	if (house_there) {
		snprintf(line, sizeof line, "%s %s", strcmp(name, "tapisrv") == 0 ? "telephony" : "daemon", verb);
		return talk(&house, line, why, size);
	}
	services = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	s = services && text_to(name, wide, 64) ? OpenServiceW(services, wide, SERVICE_START | SERVICE_STOP | SERVICE_QUERY_STATUS | SERVICE_ENUMERATE_DEPENDENTS) : NULL;
	if (!s)
		err = GetLastError();
	done = s && (strcmp(verb, "stop") == 0 ? stop_service : start_service)(services, s, ms, &err);
	if (!done)
		snprintf(why, size, "service %s: %s: error %lu%s", name, verb, err, err == ERROR_ACCESS_DENIED ? " (administrator's rights are needed)" : "");
	if (s)
		CloseServiceHandle(s);
	if (services)
		CloseServiceHandle(services);
	return done;
}

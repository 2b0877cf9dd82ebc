/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdlib.h>
#include <string.h>

/* ---- control ports: a command is one line; the answer is "ok" or "error TEXT", lines that begin with a blank, an empty line ---- */

struct port {
	SOCKET s;
	int connected;
};

static struct port pbx_port, harness_port;
int pbx_connected, harness_connected;

static int port_connect(struct port *p, const char *address)
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
	return p->connected = 1;
}

static int port_command(struct port *p, const char *line, char *answer, size_t size)
{
	char out[2048];
	int n = snprintf(out, sizeof out, "%s\n", line), got = 0;

	answer[0] = 0;
	if (!p->connected || n >= (int)sizeof out || send(p->s, out, n, 0) != n)
		return 0;
	while (got < (int)size - 1) {
		int r = recv(p->s, answer + got, (int)size - 1 - got, 0);
		if (r <= 0)
			return p->connected = 0;
		got += r;
		answer[got] = 0;
		if (strstr(answer, "\n\n"))
			break;
	}
	answer[strcspn(answer, "\r\n")] = 0;
	return strncmp(answer, "ok", 2) == 0;
}

int pbx_connect(const char *address) { return pbx_connected = port_connect(&pbx_port, address); }

int pbx_command(const char *line, char *answer, size_t size) { return port_command(&pbx_port, line, answer, size); }

int harness_connect(const char *address) { return harness_connected = port_connect(&harness_port, address); }

/* ---- services ---- */

static DWORD service_current_state(SC_HANDLE s)
{
	SERVICE_STATUS st;

	return QueryServiceStatus(s, &st) ? st.dwCurrentState : 0;
}

static int wait_service_state(SC_HANDLE s, DWORD state, DWORD ms)
{
	for (DWORD from = ms_now(); service_current_state(s) != state;) {
		if (ms_now() - from >= ms)
			return 0;
		Sleep(100);
	}
	return 1;
}

/* stopped has the services that were stopped because they depend on another one; they are started again with it. */
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
	wait_service_state(s, SERVICE_STOPPED, ms);
	CloseServiceHandle(s);
}

/* stop_dependents stops the services that depend on one: before Windows 10, Remote Access and Fax depend on the Telephony service. Windows
 * lists them in the order in which they can be stopped. */
static void stop_dependents(SC_HANDLE all, SC_HANDLE s, DWORD ms)
{
	DWORD size = 0, n = 0;
	ENUM_SERVICE_STATUSW *list_devices;

	EnumDependentServicesW(s, SERVICE_ACTIVE, NULL, 0, &size, &n);
	list_devices = size && size < GROWTH_LIMIT ? malloc(size) : NULL;
	if (list_devices && EnumDependentServicesW(s, SERVICE_ACTIVE, list_devices, size, &size, &n))
		for (DWORD i = 0; i < n; i++)
			stop_one(all, list_devices[i].lpServiceName, ms);
	free(list_devices);
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
	int ok = ControlService(s, SERVICE_CONTROL_STOP, &st);

	*err = ok ? 0 : GetLastError();
	if (*err == ERROR_DEPENDENT_SERVICES_RUNNING) {
		stop_dependents(all, s, ms);
		ok = ControlService(s, SERVICE_CONTROL_STOP, &st);
		*err = ok ? 0 : GetLastError();
	}
	if (*err && *err != ERROR_SERVICE_NOT_ACTIVE)
		return 0;
	*err = WAIT_TIMEOUT;
	return wait_service_state(s, SERVICE_STOPPED, ms);
}

static int start_service(SC_HANDLE all, SC_HANDLE s, DWORD ms, DWORD *err)
{
	*err = StartServiceW(s, 0, NULL) ? 0 : GetLastError();
	if (*err && *err != ERROR_SERVICE_ALREADY_RUNNING)
		return 0;
	*err = WAIT_TIMEOUT;
	if (!wait_service_state(s, SERVICE_RUNNING, ms))
		return 0;
	start_dependents(all);
	return 1;
}

/* service_step stops or starts a Windows service, or sends the harness a command to do that. */
int service_step(const char *name, const char *verb, DWORD ms, char *why, size_t size)
{
	char line[64];
	WCHAR wide[64];
	SC_HANDLE services, s;
	DWORD err = 0;
	int ok;

	if (harness_connected) {
		snprintf(line, sizeof line, "%s %s", strcmp(name, "tapisrv") == 0 ? "telephony" : "daemon", verb);
		return port_command(&harness_port, line, why, size);
	}
	services = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	s = services && text_to(name, wide, 64) ? OpenServiceW(services, wide, SERVICE_START | SERVICE_STOP | SERVICE_QUERY_STATUS | SERVICE_ENUMERATE_DEPENDENTS) : NULL;
	if (!s)
		err = GetLastError();
	ok = s && (strcmp(verb, "stop") == 0 ? stop_service : start_service)(services, s, ms, &err);
	if (!ok)
		snprintf(why, size, "service %s: %s: error %lu%s", name, verb, err, err == ERROR_ACCESS_DENIED ? " (administrator rights are needed)" : "");
	if (s)
		CloseServiceHandle(s);
	if (services)
		CloseServiceHandle(services);
	return ok;
}

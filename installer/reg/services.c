/* SPDX-License-Identifier: MIT */
#include "reg.h"

#define STOP_LIMIT_MS 40000 /* ms for one service */
#define POLL_MS 100

static SC_HANDLE open_service(const wchar_t *name, DWORD access)
{
	SC_HANDLE service, all = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
	if (all == NULL)
		return NULL;
	service = OpenServiceW(all, name, access);
	DWORD e = GetLastError();
	CloseServiceHandle(all);
	SetLastError(e);
	return service;
}

enum service_state service_state(const wchar_t *name)
{
	SERVICE_STATUS s = {0};
	SC_HANDLE service = open_service(name, SERVICE_QUERY_STATUS);
	if (service == NULL)
		return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST ? SERVICE_ABSENT : SERVICE_UNKNOWN;
	bool known = QueryServiceStatus(service, &s);
	CloseServiceHandle(service);
	return !known ? SERVICE_UNKNOWN : s.dwCurrentState == SERVICE_STOPPED ? SERVICE_IS_STOPPED : SERVICE_IS_RUNNING;
}

static bool wait_for_state(SC_HANDLE service, DWORD state)
{
	SERVICE_STATUS s;
	for (DWORD waited = 0; waited < STOP_LIMIT_MS; waited += POLL_MS) {
		if (!QueryServiceStatus(service, &s))
			return false;
		if (s.dwCurrentState == state)
			return true;
		if (state == SERVICE_RUNNING && s.dwCurrentState == SERVICE_STOPPED)
			return false;
		Sleep(POLL_MS);
	}
	return false;
}

/* stop_one stops a service whose dependents are stopped, and adds it to stopped. */
static bool stop_one(const wchar_t *name, struct stopped_services *stopped)
{
	SERVICE_STATUS s = {0};
	SC_HANDLE service = open_service(name, SERVICE_STOP | SERVICE_QUERY_STATUS);
	bool was_running = false, ok = false;
	if (service && QueryServiceStatus(service, &s)) {
		was_running = s.dwCurrentState != SERVICE_STOPPED;
		if (!was_running)
			ok = true;
		else if (s.dwCurrentState == SERVICE_STOP_PENDING || ControlService(service, SERVICE_CONTROL_STOP, &s) ||
			GetLastError() == ERROR_SERVICE_NOT_ACTIVE)
			ok = wait_for_state(service, SERVICE_STOPPED);
	}
	DWORD e = GetLastError();
	if (service)
		CloseServiceHandle(service);
	if (!ok)
		log_line(L"the service %s cannot be stopped (error %lu)", name, e);
	else if (was_running) {
		log_line(L"the service %s is stopped", name);
		if (stopped->count < MAX_STOPPED && copy_text(stopped->names[stopped->count], LENGTH(stopped->names[0]), name, wcslen(name)))
			stopped->count++;
	}
	return ok;
}

/* stop_dependents stops the services that depend on a service; Windows lists them in the order in which they must be stopped. */
static bool stop_dependents(SC_HANDLE service, struct stopped_services *stopped)
{
	DWORD size = 0, count = 0;
	bool ok = true;
	if (EnumDependentServicesW(service, SERVICE_ACTIVE, NULL, 0, &size, &count) || size == 0)
		return true;
	ENUM_SERVICE_STATUSW *all = HeapAlloc(GetProcessHeap(), 0, size);
	if (all == NULL)
		return false;
	if (EnumDependentServicesW(service, SERVICE_ACTIVE, all, size, &size, &count))
		for (DWORD i = 0; i < count && ok; i++) {
			log_line(L"%s (%s) depends on the service", all[i].lpDisplayName, all[i].lpServiceName);
			ok = stop_one(all[i].lpServiceName, stopped);
		}
	else
		ok = false;
	HeapFree(GetProcessHeap(), 0, all);
	return ok;
}

/* service_stop stops a service and the services that depend on it. stopped gets those that ran, for services_start. A service
 * that does not exist or does not run is no error. */
bool service_stop(const wchar_t *name, struct stopped_services *stopped)
{
	SC_HANDLE service = open_service(name, SERVICE_ENUMERATE_DEPENDENTS);
	if (service == NULL)
		return GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST;
	bool ok = stop_dependents(service, stopped);
	CloseServiceHandle(service);
	return ok && stop_one(name, stopped);
}

/* services_start starts the stopped services again, last first. It logs a service that fails and continues with the others. */
bool services_start(struct stopped_services *stopped)
{
	bool all = true;
	for (; stopped->count > 0; stopped->count--) {
		const wchar_t *name = stopped->names[stopped->count - 1];
		SC_HANDLE service = open_service(name, SERVICE_START | SERVICE_QUERY_STATUS);
		bool ok = service && (StartServiceW(service, 0, NULL) || GetLastError() == ERROR_SERVICE_ALREADY_RUNNING) &&
			wait_for_state(service, SERVICE_RUNNING);
		DWORD e = GetLastError();
		if (service)
			CloseServiceHandle(service);
		if (ok)
			log_line(L"the service %s runs again", name);
		else {
			log_line(L"WARNING: the service %s did not start again (error %lu): start it by hand", name, e);
			all = false;
		}
	}
	return all;
}

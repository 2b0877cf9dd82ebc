/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <stdlib.h>

/* A job is one exchange on its own thread. The window that wants the answer may be gone before it comes, and TAPI frees this
 * library as soon as its dialog is closed: so the thread holds the library, and a lock decides whether the window still hears. */

struct Job {
	Request request;
	Answer answer;
	HANDLE cancel;
	HMODULE self;
	SRWLOCK lock;
	HWND to; /* NULL: nobody listens any more */
	LONG holders;
};

static void release(Job *j)
{
	if (InterlockedDecrement(&j->holders) > 0)
		return;
	request_wipe(&j->request);
	answer_free(&j->answer);
	CloseHandle(j->cancel);
	free(j);
}

static DWORD WINAPI work(LPVOID param)
{
	Job *j = param;
	HMODULE self = j->self;

	exchange(&j->request, j->cancel, &j->answer);
	request_wipe(&j->request);
	AcquireSRWLockExclusive(&j->lock);
	if (j->to)
		PostMessageW(j->to, WM_ANSWERED, 0, (LPARAM)j);
	ReleaseSRWLockExclusive(&j->lock);
	release(j);
	FreeLibraryAndExitThread(self, 0);
}

Job *job_start(HWND to, Request *q)
{
	Job *j = q->bad ? NULL : calloc(1, sizeof *j);
	HANDLE thread = NULL;

	if (j) {
		j->request = *q;
		j->to = to;
		j->holders = 2;
		InitializeSRWLock(&j->lock);
		j->cancel = CreateEventW(NULL, TRUE, FALSE, NULL);
		if (j->cancel && GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(ULONG_PTR)work, &j->self)) {
			thread = CreateThread(NULL, 0, work, j, 0, NULL);
			if (!thread)
				FreeLibrary(j->self);
		}
	}
	if (thread) {
		CloseHandle(thread);
		q->bytes = NULL; /* the job's now */
		return j;
	}
	if (j && j->cancel)
		CloseHandle(j->cancel);
	free(j);
	request_wipe(q);
	return NULL;
}

const Answer *job_answer(const Job *j)
{
	return &j->answer;
}

void job_drop(Job *j)
{
	if (!j)
		return;
	AcquireSRWLockExclusive(&j->lock);
	j->to = NULL;
	ReleaseSRWLockExclusive(&j->lock);
	SetEvent(j->cancel);
	release(j);
}

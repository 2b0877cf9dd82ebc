/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <stdlib.h>

/* A job is one exchange on a thread of its own. The window may be gone before the answer comes, and TAPI frees this library as
 * soon as the dialog is closed. So the thread holds a reference to the library, and a lock protects the window handle. */

struct Job {
	Request request;
	Answer answer;
	HANDLE cancel;
	HMODULE self;
	SRWLOCK lock;
	HWND window; /* NULL: job_abandon was called */
	LONG references;
};

static void job_dereference(Job *j)
{
	if (InterlockedDecrement(&j->references) > 0)
		return;
	request_wipe(&j->request);
	answer_free(&j->answer);
	CloseHandle(j->cancel);
	free(j);
}

static DWORD WINAPI job_run(LPVOID param)
{
	Job *j = param;
	HMODULE self = j->self;

	exchange(&j->request, j->cancel, &j->answer);
	request_wipe(&j->request);
	AcquireSRWLockExclusive(&j->lock);
	if (j->window)
		PostMessageW(j->window, WM_JOB_DONE, 0, (LPARAM)j);
	ReleaseSRWLockExclusive(&j->lock);
	job_dereference(j);
	FreeLibraryAndExitThread(self, 0);
}

Job *job_start(HWND window, Request *q)
{
	Job *j = q->bad ? NULL : calloc(1, sizeof *j);
	HANDLE thread = NULL;

	if (j) {
		j->request = *q;
		j->window = window;
		j->references = 2;
		InitializeSRWLock(&j->lock);
		j->cancel = CreateEventW(NULL, TRUE, FALSE, NULL);
		if (j->cancel && GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (LPCWSTR)(ULONG_PTR)job_run, &j->self)) {
			thread = CreateThread(NULL, 0, job_run, j, 0, NULL);
			if (!thread)
				FreeLibrary(j->self);
		}
	}
	if (thread) {
		CloseHandle(thread);
		q->bytes = NULL; /* the job owns them now */
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

void job_abandon(Job *j)
{
	if (!j)
		return;
	AcquireSRWLockExclusive(&j->lock);
	j->window = NULL;
	ReleaseSRWLockExclusive(&j->lock);
	SetEvent(j->cancel);
	job_dereference(j);
}

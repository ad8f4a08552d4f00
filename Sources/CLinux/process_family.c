#define _GNU_SOURCE
#include "linux_calls.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int linux_memory_file(const char *name, size_t bytes) {
  int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  if (ftruncate(file, (off_t)bytes) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) == 0) return file;
  close(file);
  return -1;
}

int linux_end_with_parent(pid_t parent) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
  return getppid() == parent ? 0 : -1;  /* it may have ended before we asked */
}

int linux_hold_signals(const int *numbers, int count, int hold) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, numbers[i]);
  return pthread_sigmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

int linux_wait_for_end(pid_t child, int *status) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) != 0) return -1;
  *status = info.si_status;
  return info.si_code == CLD_EXITED ? 0 : 1;
}

int linux_forget_child(pid_t child) {
  siginfo_t info;
  return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG);
}

const char *linux_signal_name(int number) { return sigabbrev_np(number); }

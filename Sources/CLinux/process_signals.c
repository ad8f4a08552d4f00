#define _GNU_SOURCE
#include "linux_calls.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static int signal_pipe[2] = {-1, -1};

/* A handler, not SIG_IGN or a mask: those would be inherited by the programs that we start. */
static void note_signal(int number) {
  int saved = errno;
  unsigned char byte = (unsigned char)number;
  ssize_t written = write(signal_pipe[1], &byte, 1);
  (void)written;
  errno = saved;
}

static void drop_signal(int number) { (void)number; }

static int handle(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  return sigaction(number, &action, NULL);
}

int linux_watch_signals(const int *numbers, int count) {
  if (signal_pipe[0] < 0 && pipe2(signal_pipe, O_CLOEXEC) != 0) return -1;
  fcntl(signal_pipe[1], F_SETFL, O_NONBLOCK);
  if (handle(SIGPIPE, drop_signal) != 0) return -1;
  for (int i = 0; i < count; i++)
    if (handle(numbers[i], note_signal) != 0) return -1;
  return 0;
}

int linux_drop_signals(const int *numbers, int count) {
  for (int i = 0; i < count; i++)
    if (handle(numbers[i], drop_signal) != 0) return -1;
  return 0;
}

int linux_next_signal(void) {
  unsigned char byte;
  ssize_t length;
  do length = read(signal_pipe[0], &byte, 1);
  while (length < 0 && errno == EINTR);
  return length == 1 ? byte : -1;
}

void linux_ask_signal_reader(int question) { note_signal(question); }

void linux_forget_pending_signals(const int *numbers, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, numbers[i]);
  struct timespec at_once = {0, 0};
  while (sigtimedwait(&set, NULL, &at_once) > 0) {
  }
}

void linux_write_all(int fd, const char *text, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, text, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text += written;
    length -= (size_t)written;
  }
}

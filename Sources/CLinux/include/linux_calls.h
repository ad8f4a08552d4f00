/* Linux calls and thread-local storage that Swift's Glibc overlay does not show. */
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <spawn.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <time.h>

/* The event loop that runs on this thread, or NULL. */
extern __thread void *linux_thread_loop __attribute__((tls_model("initial-exec")));
static inline void *linux_current_loop(void) { return linux_thread_loop; }
static inline void linux_set_current_loop(void *loop) { linux_thread_loop = loop; }

/* accept4 with SOCK_NONBLOCK | SOCK_CLOEXEC. */
int linux_accept(int listener, struct sockaddr *address, socklen_t *length);

/* Names the calling thread for `top -H` and debuggers; cut to 15 bytes. */
void linux_name_thread(const char *name);

/* The kernel's id of the calling thread. */
pid_t linux_thread_id(void);

/* Bytes of addresses that the process may have (RLIMIT_AS); -1 for any number. */
long linux_address_space_limit(void);

/* CLOCK_MONOTONIC in nanoseconds. */
static inline int64_t linux_monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* CLOCK_BOOTTIME in nanoseconds: like CLOCK_MONOTONIC, and it goes on while the machine sleeps. */
static inline int64_t linux_boottime_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* CLOCK_REALTIME in nanoseconds since 1970. */
static inline int64_t linux_realtime_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* From now on these signals are noted, and SIGPIPE has no effect. For the whole process; -1 on failure, with errno. */
int linux_watch_signals(const int *numbers, int count);

/* Waits for the next signal that was noted and returns its number; -1 when none can come. */
int linux_next_signal(void);

/* What the thread that calls linux_next_signal() can be asked; no signal has such a number. */
static const int linux_signals_hold = 200;
static const int linux_signals_release = 201;

/* Asks that thread: the question appears there after all signals that were noted before. */
void linux_ask_signal_reader(int question);

/* Forgets those of these signals that the calling thread holds and that wait. */
void linux_forget_pending_signals(const int *numbers, int count);

/* Writes all of `text`, in one call if the system lets it; what cannot be written is lost. */
void linux_write_all(int fd, const char *text, size_t length);

/* A child started with these actions inherits no descriptor from `first` on. */
int linux_spawn_close_from(posix_spawn_file_actions_t *actions, int first);

/* Raises the limit of open descriptors as far as the process may; returns the limit that holds now. */
long linux_raise_descriptor_limit(void);

/* The limit of open descriptors that holds now; -1 when it is unknown. */
long linux_descriptor_limit(void);

/* Gives memory that malloc keeps, and nobody uses, back to the system. Walks through all of it. */
void linux_return_free_memory(void);

/* A file of so many bytes in memory alone, which cannot be made smaller; -1 on failure. */
int linux_memory_file(const char *name, size_t bytes);

/* The kernel kills this process when the thread that started it ends; -1 when `parent` has ended already. To be called
   by a thread that stays. */
int linux_end_with_parent(pid_t parent);

/* The calling thread takes these signals later, or again. */
int linux_hold_signals(const int *numbers, int count, int hold);

/* Waits for a child's end: 0 when it exited, with its exit status, 1 when a signal ended it, with that; -1 when there
   is no such child. Its id stays taken. */
int linux_wait_for_end(pid_t child, int *status);

/* Gives the id of a child that has ended back to the system; -1 when there is no such child. */
int linux_forget_child(pid_t child);

/* "KILL" for SIGKILL; NULL when there is no such signal. */
const char *linux_signal_name(int number);

/* From now on these signals have no effect, and the programs that we start are not affected by that. */
int linux_drop_signals(const int *numbers, int count);

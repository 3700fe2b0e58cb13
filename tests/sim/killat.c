/*
 * killat: runs a program and ends it, or fails it, at one chosen system call.
 *
 *   killat count FILE CMD…                 every call as a line "thread number nth [path]"
 *   killat kill THREAD NUMBER NTH CMD…     SIGKILL before the NTH call of NUMBER in that thread (0: the first one)
 *   killat fail NUMBER NTH ERRNO PART CMD… from the NTH call of NUMBER on a file with PART in its path on, all such
 *                                          calls fail (NTH counts over all threads; -NTH: only that one fails).
 *                                          A socket's path is "socket:[…]".
 *
 * A tool for this exists (strace); it counts calls by thread but fires in whichever comes first, so what the second
 * thread does late cannot be reached, and every call costs two stops. Here a seccomp filter stops the chosen call only.
 * SIGTERM is handed on; SIGUSR1 puts the line "-1 0 0 ready" among the counted calls. Ends as the program ends; 77 where tracing is not allowed. Must not be linked into the product.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 256
#define NUMBERS_MAX 600
#define NOT_ALLOWED 77

enum mode { COUNT, KILL, FAIL };

static enum mode mode;
static FILE *out;
static long want_thread, want_number, want_nth, want_errno;
static const char *part;
static pid_t child;
static pid_t threads[THREADS_MAX];
static int thread_count;
static long seen[THREADS_MAX][NUMBERS_MAX];
static long failing;
static volatile sig_atomic_t marked;

static void hand_on(int sig) {
    kill(child, sig);
}

static void mark(int sig) {
    (void)sig;
    marked = 1;
}

static int stop_all_or_one(void) {
    bool all = mode == COUNT;
    struct sock_filter one[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)want_number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_filter every[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE)};
    struct sock_fprog p = {.len = all ? 1 : 4, .filter = all ? every : one};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p);
}

static void run_child(char **cmd) {
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0) _exit(NOT_ALLOWED);
    raise(SIGSTOP);
    if (stop_all_or_one() < 0) _exit(NOT_ALLOWED);
    execvp(cmd[0], cmd);
    _exit(127);
}

static int ordinal(pid_t tid) {
    for (int i = 0; i < thread_count; i++)
        if (threads[i] == tid) return i;
    if (thread_count == THREADS_MAX) exit(2);
    threads[thread_count] = tid;
    return thread_count++;
}

/* The path a call names, or the one behind its descriptor. */
static void path_of(pid_t tid, const struct __ptrace_syscall_info *i, bool is_open, char *text, size_t size) {
    text[0] = '\0';
    if (is_open) {
        for (size_t n = 0; n + sizeof(long) < size; n += sizeof(long)) {
            errno = 0;
            long word = ptrace(PTRACE_PEEKDATA, tid, i->seccomp.args[1] + n, 0);
            if (errno) break;
            memcpy(text + n, &word, sizeof word);
            text[n + sizeof word] = '\0';
            if (memchr(&word, 0, sizeof word)) break;
        }
        return;
    }
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)tid, (int)i->seccomp.args[0]);
    ssize_t n = readlink(link, text, size - 1);
    text[n > 0 ? n : 0] = '\0';
}

static void make_fail(pid_t tid) {
    struct user_regs_struct r;
    if (ptrace(PTRACE_GETREGS, tid, 0, &r) < 0) return;
    r.orig_rax = (unsigned long long)-1; /* no call at all */
    r.rax = (unsigned long long)-want_errno;
    ptrace(PTRACE_SETREGS, tid, 0, &r);
}

static void on_call(pid_t tid) {
    struct __ptrace_syscall_info i;
    char path[4096];
    int t = ordinal(tid);
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof i, &i) < 0 || i.op != PTRACE_SYSCALL_INFO_SECCOMP) return;
    long number = (long)i.seccomp.nr;
    if (number < 0 || number >= NUMBERS_MAX) return;
    long nth = ++seen[t][number];
    switch (mode) {
    case COUNT:
        if (marked) fprintf(out, "-1 0 0 ready\n");
        marked = 0;
        path_of(tid, &i, number == SYS_openat, path, sizeof path);
        fprintf(out, "%d %ld %ld %s\n", t, number, nth, path);
        break;
    case KILL:
        if (t == want_thread && nth == want_nth) kill(child, SIGKILL);
        break;
    case FAIL:
        path_of(tid, &i, number == SYS_openat, path, sizeof path);
        if (!strstr(path, part)) break;
        failing++;
        if (want_nth > 0 ? failing >= want_nth : failing == -want_nth) make_fail(tid);
        break;
    }
}

static int ended(int status) {
    if (out) fclose(out);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    return 128 + WTERMSIG(status);
}

static int trace(void) {
    int status;
    for (;;) {
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0) {
            if (errno == EINTR) continue;
            return 2;
        }
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (tid == child) return ended(status);
            continue;
        }
        int sig = WSTOPSIG(status), event = status >> 16;
        if (event == PTRACE_EVENT_SECCOMP)
            on_call(tid);
        else if (event == PTRACE_EVENT_CLONE) {
            unsigned long born = 0;
            ptrace(PTRACE_GETEVENTMSG, tid, 0, &born);
            ordinal((pid_t)born);
        }
        bool ours = event != 0 || sig == SIGTRAP || (sig == SIGSTOP && tid != child);
        ptrace(PTRACE_CONT, tid, 0, ours ? 0 : sig);
    }
}

static char **arguments(int argc, char **argv) {
    if (argc > 3 && !strcmp(argv[1], "count")) {
        mode = COUNT;
        out = fopen(argv[2], "w");
        return out ? argv + 3 : NULL;
    }
    if (argc > 5 && !strcmp(argv[1], "kill")) {
        mode = KILL;
        want_thread = strtol(argv[2], NULL, 10);
        want_number = strtol(argv[3], NULL, 10);
        want_nth = strtol(argv[4], NULL, 10);
        return argv + 5;
    }
    if (argc > 6 && !strcmp(argv[1], "fail")) {
        mode = FAIL;
        want_number = strtol(argv[2], NULL, 10);
        want_nth = strtol(argv[3], NULL, 10);
        want_errno = strtol(argv[4], NULL, 10);
        part = argv[5];
        return argv + 6;
    }
    return NULL;
}

int main(int argc, char **argv) {
    int status;
    char **cmd = arguments(argc, argv);
    if (!cmd) {
        fprintf(stderr, "killat: count FILE CMD | kill THREAD NUMBER NTH CMD | fail NUMBER NTH ERRNO PART CMD\n");
        return 2;
    }
    child = fork();
    if (child == 0) run_child(cmd);
    ordinal(child);
    signal(SIGTERM, hand_on);
    signal(SIGUSR1, mark);
    if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) return NOT_ALLOWED;
    long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, child, 0, options) < 0) return NOT_ALLOWED;
    ptrace(PTRACE_CONT, child, 0, 0);
    return trace();
}

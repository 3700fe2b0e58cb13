#!/usr/bin/python3
"""A real PostgreSQL of a test's own: a throw-away cluster, reached through a Unix socket in its folder.

As a program: prints the address, serves until its standard input is closed. As a module: Cluster, for tests that stop,
kill and hold it. Where PostgreSQL is not installed: exit 77, or Missing. Its data lies in memory, or in MIA_PG_DIR.
"""
import glob, os, pwd, re, shutil, signal, socket, subprocess, sys, tempfile, time

USER = "mia"
SETTINGS = {"listen_addresses": "''", "max_connections": 80, "shared_buffers": "16MB", "wal_level": "minimal",
            "max_wal_senders": 0, "max_wal_size": "256MB", "autovacuum_naptime": "30s", "logging_collector": "off"}
WAIT = 30.0


class Missing(Exception):
    """PostgreSQL 14 or newer is not installed, or there is no user to run it as."""


def binaries():
    found = []
    for path in glob.glob("/usr/lib/postgresql/*/bin/initdb") + [shutil.which("initdb") or ""]:
        if not path:
            continue
        version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
        number = re.search(r"(\d+)", version)
        if number and int(number.group(1)) >= 14:
            found.append((int(number.group(1)), os.path.dirname(os.path.realpath(path))))
    if not found:
        raise Missing("PostgreSQL 14 or newer is not installed")
    return max(found)[1]


def runner():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    raise Missing("there is no user to run PostgreSQL as")


class Cluster:
    def __init__(self, tcp=False, **settings):
        self.bin, self.user = binaries(), runner()
        memory = os.environ.get("MIA_PG_DIR") or ("/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.dir = tempfile.mkdtemp(prefix="mia-pg-")  # short: the socket lies in it
        self.data = os.path.join(tempfile.mkdtemp(prefix="mia-pg-", dir=memory), "data")
        self.process, self.children = None, []
        if self.user:
            for path in (self.dir, os.path.dirname(self.data)):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
                above = os.path.dirname(path)  # a test's own folder lets only its owner through
                if os.stat(above).st_uid == os.geteuid():
                    os.chmod(above, os.stat(above).st_mode | 0o011)
        self.run("initdb", "-D", self.data, "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        self.port = 5432
        if tcp:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                self.port = s.getsockname()[1]
        with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
            all_settings = dict(SETTINGS, unix_socket_directories="'%s'" % self.dir, port=self.port, **settings)
            if tcp:
                all_settings["listen_addresses"] = "'127.0.0.1'"
            f.writelines("%s = %s\n" % pair for pair in all_settings.items())
        self.start()
        self.psql("CREATE DATABASE mia", "postgres")

    def options(self):
        return dict(user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[]) if self.user else {}

    def run(self, program, *args):
        r = subprocess.run([os.path.join(self.bin, program), *args], capture_output=True, text=True, cwd="/", **self.options())
        assert r.returncode == 0, "%s: %s%s" % (program, r.stdout, r.stderr)

    def url(self, database="mia", **options):
        more = "".join("&%s=%s" % (k, v.replace("=", "%3D").replace(" ", "%20")) for k, v in options.items())
        return "postgresql://%s@/%s?host=%s&port=%d%s" % (USER, database, self.dir, self.port, more)

    def start(self, wait=True):
        self.log = open(os.path.join(self.dir, "log"), "ab")
        self.process = subprocess.Popen([os.path.join(self.bin, "postgres"), "-D", self.data], stdout=self.log,
                                        stderr=self.log, stdin=subprocess.DEVNULL, cwd="/", **self.options())
        if wait:
            self.wait()
        return self

    def ready(self):
        return subprocess.run([os.path.join(self.bin, "pg_isready"), "-q", "-h", self.dir, "-p", str(self.port)]).returncode == 0

    def wait(self):
        end = time.monotonic() + WAIT
        while not self.ready():
            assert self.process.poll() is None and time.monotonic() < end, "PostgreSQL does not start:\n" + self.text()
            time.sleep(0.02)

    def text(self):
        with open(os.path.join(self.dir, "log")) as f:
            return f.read()[-3000:]

    def psql(self, sql, database="mia", check=True):
        r = subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(database), "-c", sql], capture_output=True, text=True)
        assert r.returncode == 0 or not check, r.stderr
        return r.stdout.strip()

    def descendants(self):
        with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as f:
            return [int(p) for p in f.read().split()]

    def stop(self, how=signal.SIGINT):
        """SIGINT: fast; SIGQUIT: immediate; SIGKILL: of the postmaster and all its children, as when a machine goes."""
        children = self.descendants() if how == signal.SIGKILL else []
        self.process.send_signal(how)
        for pid in children:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(WAIT)
        self.log.close()
        if how == signal.SIGKILL:  # the next postmaster waits for nobody
            for name in ("postmaster.pid", ):
                try:
                    os.unlink(os.path.join(self.data, name))
                except FileNotFoundError:
                    pass

    def backends(self, pattern="mia %"):
        rows = self.psql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE '%s' AND backend_type = 'client backend'" % pattern)
        return [int(p) for p in rows.split()]

    def close(self):
        if self.process and self.process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.rmtree(os.path.dirname(self.data), ignore_errors=True)


def main():
    try:
        cluster = Cluster()
    except Missing as why:
        print(why, file=sys.stderr)
        sys.exit(77)
    try:
        print(cluster.url(), flush=True)
        sys.stdin.read()
    finally:
        cluster.close()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main()

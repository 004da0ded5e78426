"""What a sync costs on the wire and in CPU, what the offline loader costs, and an enrolled station's start to answer.

    python -m bench.sync [--quick]

Requests and bytes are counted by nginx itself, headers included; CPU times are medians, ratios are to `python -c pass`.
"""

import base64
import io
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median

from enrolled import Site, make

from bench.startup import cpu
from checkpoint.store.load import load_trust, stamp
from checkpoint.trust import hash_delta
from checkpoint.trust.hash_build import build
from checkpoint.trust.hash_file import HashFile

ISSUERS = 1000
REVOKED = 1_000_000
NEW = 2000
LIST = "vn-dcc"
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}
http {{
  log_format counted "$request_length $bytes_sent $body_bytes_sent $uri";
  access_log {folder}/access.log counted;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


@contextmanager
def nginx(root: Path, folder: Path) -> Iterator[str]:
    """A real web server over `root`; gives its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    folder.mkdir()
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder, port=port, root=root))
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") or sys.exit("nginx is not installed")
    process = subprocess.Popen([program, "-c", str(folder / "conf"), "-p", str(folder)])
    try:
        time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def counted(folder: Path, work: Callable[[], object]) -> tuple[int, int, int, int]:
    """(requests, body bytes, all bytes received, bytes sent) of `work`, as the server counts them."""
    log = folder / "access.log"
    log.write_text("")
    work()
    time.sleep(0.1)
    rows = [[int(one) for one in line.split()[:3]] for line in log.read_text().splitlines()]
    return len(rows), sum(row[2] for row in rows), sum(row[1] for row in rows), sum(row[0] for row in rows)


def opened(data: bytes) -> HashFile:
    return HashFile(lambda size, at: data[at : at + size], len(data), None)


def file_of(keys: list[bytes]) -> bytes:
    out = io.BytesIO()
    build(keys, out)
    return out.getvalue()


def filled(site: Site, revoked: int) -> Callable[[], None]:
    """Publish ISSUERS keys and a list of `revoked`; gives what publishes NEW more by a delta."""
    chance = random.Random(5)
    kids = [base64.b64encode(chance.randbytes(8)).decode() for _ in range(ISSUERS - 1)]
    fillers = [site.record._replace(kid=kid, name=f"Authority number {kid}").line() for kid in kids]
    site.repo.issuers([site.record._replace(revocation=LIST).line(), *fillers])
    keys = [chance.randbytes(16) for _ in range(revoked)]
    old = file_of(keys)
    about = {"as_of": site.repo.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
    head = opened(old).head_sha256
    site.repo.add(f"revocation/{LIST}/base-1.ckrv", old, version=1, head=head, **about)
    site.repo.publish()

    def grow() -> None:
        new = file_of(keys + [chance.randbytes(16) for _ in range(NEW)])
        delta = hash_delta.make(opened(old), opened(new), 1, 2)
        said = {"from": 1, "to": 2, "result": sha256(new).hexdigest(), "head": opened(new).head_sha256, **about}
        site.repo.add(f"revocation/{LIST}/delta-1-2.ckrd", delta, **said)
        site.repo.publish()

    return grow


def wire(site: Site, folder: Path, revoked: int) -> None:
    """The table of what each kind of sync costs."""
    grow = filled(site, revoked)
    print(f"\nSync over nginx on loopback: {ISSUERS} keys, {revoked} revocations\n")
    print("| sync | requests | body bytes | received with headers | sent | CPU ms |")
    print("|---|---:|---:|---:|---:|---:|")
    with nginx(site.repo.folder, folder) as address:
        site.enrol(address)
        for name, before in (
            ("cold", lambda: None),
            ("nothing new", lambda: None),
            ("timestamp only", site.repo.tick),
            (f"{NEW} new revocations", grow),
            ("nothing new", lambda: None),
        ):
            before()
            start = time.process_time()
            requests, body, received, sent = counted(folder, lambda: require(site))
            spent = (time.process_time() - start) * 1000
            print(f"| {name} | {requests} | {body:,} | {received:,} | {sent:,} | {spent:.0f} |")


def require(site: Site) -> None:
    report = site.sync(deadline=300)
    if not report.done:
        sys.exit(f"{report}")


def load(site: Site, runs: int) -> None:
    """CPU of the offline loader, of asking whether anything changed, and with a long history of roots."""

    def spent(work: Callable[[], object], calls: int) -> float:
        times = []
        for _ in range(runs):
            start = time.process_time()
            for _ in range(calls):
                work()
            times.append((time.process_time() - start) / calls * 1000)
        return median(times)

    problem = load_trust(site.home).problem
    if problem is not None:
        sys.exit(f"the station is not ready: {problem}")
    print("\nOffline loader, CPU ms\n")
    print(f"- everything verified, {ISSUERS} keys (goal: under 5): {spent(lambda: load_trust(site.home), 5):.2f}")
    print(f"- asking whether anything changed: {spent(lambda: stamp(site.home), 200):.4f}")
    for _ in range(60):
        site.repo.rotate_root(root=[site.repo.new_signer() for _ in range(3)])
    site.repo.sign_with["targets"] = site.repo.signers["targets"][:2]
    site.repo.publish()
    site.sync(str(site.repo.folder))
    print(f"- with 60 rotations of every root key behind it: {spent(lambda: load_trust(site.home), 2):.1f}")


def start(site: Site, runs: int) -> None:
    """CPU from the shell to the answer of an enrolled station, pair by pair with an interpreter that does nothing."""
    nothing = [sys.executable, "-c", "pass"]
    verify = [sys.executable, "-m", "checkpoint", "verify", "--json", site.text]
    pairs = [(cpu(nothing, site.home), cpu(verify, site.home)) for _ in range(runs + 1)][1:]
    ratio = median(one / none for none, one in pairs)
    print(f"\nStart to answer, enrolled, {ISSUERS} keys (goal: under 10): {ratio:.2f} x python -c pass")
    print(
        f"({median(one for _, one in pairs) * 1000:.0f} ms against {median(none for none, _ in pairs) * 1000:.0f} ms)"
    )


def main() -> None:
    quick = "--quick" in sys.argv
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # the workers of nginx are another user where we are root
        site = make(Path(folder) / "site")
        wire(site, Path(folder) / "nginx", 20_000 if quick else REVOKED)
        start(site, 5 if quick else 31)
        load(site, 5 if quick else 25)


if __name__ == "__main__":
    main()

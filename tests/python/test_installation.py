"""Installing cannot drift: what a lock names is installed, wherever pip's or uv's settings get it from, or nothing."""

import datetime
import ipaddress
import os
import re
import shutil
import ssl
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import install
import pytest
from conftest import PROJECT
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from package_index import PIN, installed, make_index, newer, served, with_hashes
from packaging.markers import Marker

LOCKS = sorted(path.stem for path in (PROJECT / "requirements").glob("*.txt"))
# The uv that is used here is on the path, or was brought into the environment.
PATH = os.pathsep.join([str(PROJECT / ".venv" / "bin"), os.environ["PATH"]])
UV = shutil.which("uv", path=PATH)
NOWHERE = "http://joe:s3cret@127.0.0.1:9/simple"
# Settings of this machine, and of the make that runs the tests.
NOT_PASSED_ON = re.compile(r"(?i)(pip|uv|ssl|xdg|curl|requests)_.*|.*proxy|make.*|mflags|pythonpath")
STAMP = ".venv-polars/polars.txt"


@dataclass
class Checkout:
    """A copy of what installs, with locks that have the hashes of the empty packages, and the index of these."""

    folder: Path
    index: Path

    @property
    def environment(self) -> Path:
        """The environment of `STAMP`."""
        return self.folder / ".venv-polars"

    @property
    def lock(self) -> Path:
        """The lock of `STAMP`, the smallest one."""
        return self.folder / "requirements" / "polars.txt"

    @property
    def simple(self) -> str:
        """The index as an address."""
        return (self.index / "simple").as_uri()

    def install(self, stamp: str = STAMP, *options: str, **settings: str) -> subprocess.CompletedProcess:
        """Install as make does, with these settings and no others."""
        return self.run(sys.executable, "requirements/install.py", stamp, *options, **settings)

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess:
        """A command in the copy."""
        machine = {name: value for name, value in os.environ.items() if not NOT_PASSED_ON.fullmatch(name)}
        own = {
            "HOME": str(self.folder),
            "PATH": PATH,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_RETRIES": "0",
            "UV_CACHE_DIR": str(self.index.parent / "cache"),
        }
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**machine, **own, **settings},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def has_what_is_locked(self) -> bool:
        """Whether the environment of `STAMP` has what its lock names."""
        return installed(self.environment) == locked(self.lock) and (self.folder / STAMP).exists()


def locked(lock: Path) -> dict[str, str]:
    """The versions that a lock names for this Python on this machine."""
    pins = PIN.finditer(lock.read_text())
    return {pin["name"]: pin["version"] for pin in pins if not pin["marker"] or Marker(pin["marker"]).evaluate()}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """The copy that tests take copies of."""
    folder = tmp_path_factory.mktemp("installation")
    checkout = Checkout(folder / "checkout", folder / "index")
    locks = {name: (PROJECT / "requirements" / f"{name}.txt").read_text() for name in LOCKS}
    versions = [lock.read_text() for lock in (PROJECT / "requirements" / "versions").glob("*.txt")]
    known = make_index(checkout.index, [*locks.values(), *versions], {"uv": f'#!/bin/sh\nexec "{UV}" "$@"\n'})
    shutil.copytree(PROJECT / "requirements", checkout.folder / "requirements")
    shutil.copy(PROJECT / "Makefile", checkout.folder)
    for name, lock in locks.items():
        (checkout.folder / "requirements" / f"{name}.txt").write_text(with_hashes(lock, known))
    return checkout


@pytest.fixture
def checkout(original: Checkout, tmp_path: Path) -> Checkout:
    """A fresh copy."""
    return Checkout(Path(shutil.copytree(original.folder, tmp_path / "checkout")), original.index)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_installs_what_it_names_though_there_is_newer(checkout, name):
    stamp = checkout.folder / f".venv-{name}" / f"{name}.txt"
    result = checkout.install(str(stamp), PIP_INDEX_URL=checkout.simple)
    lock = checkout.folder / "requirements" / f"{name}.txt"
    assert result.returncode == 0, result.stderr
    assert installed(stamp.parent) == locked(lock)
    assert stamp.read_text() == lock.read_text()


def test_with_extras_and_a_resolver_it_would_drift(checkout):
    """The old fault, planted: a package stands in the lock only with extras, and what installs also resolves."""
    build = (checkout.folder / "requirements" / "build.txt").read_text()
    (pin,) = (pin for pin in PIN.finditer(build) if pin["name"] == "google-auth")
    checkout.lock.write_text(pin[0].replace("google-auth==", "google-auth[requests]=="))
    assert checkout.install(PIP_INDEX_URL=checkout.simple).returncode == 0
    assert installed(checkout.environment) == {"google-auth": pin["version"]}

    program = checkout.folder / "requirements" / "install.py"
    program.write_text(program.read_text().replace('"--no-deps", ', "", 2))
    checkout.lock.touch()
    refused = checkout.install(PIP_INDEX_URL=checkout.simple)
    assert refused.returncode == 1 and "hash" in refused.stderr

    program.write_text(program.read_text().replace('"--require-hashes", ', ""))
    checkout.lock.write_text(f"google-auth[requests]=={pin['version']}\n")
    assert checkout.install(PIP_INDEX_URL=checkout.simple).returncode == 0
    drifted = installed(checkout.environment)
    assert drifted["requests"] == newer(locked(checkout.folder / "requirements" / "build.txt")["requests"])


def faults(lock: str) -> str:
    """What of a lock is not a pinned version with its hashes: extras, addresses, options."""
    return PIN.sub("", lock)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_nothing_but_pins_and_comes_from_a_file(name):
    assert not faults((PROJECT / "requirements" / f"{name}.txt").read_text())
    assert (PROJECT / "requirements" / f"{name}.in").exists()


@pytest.mark.parametrize(
    "line", ["a[b]==1.0", "--index-url https://example.org/simple", "a @ https://example.org/a.whl"]
)
def test_what_does_not_belong_in_a_lock_is_found(line):
    pin = f"c==2.0 \\\n    --hash=sha256:{'0' * 64}\n"
    assert not faults(pin)
    assert faults(f"{line} \\\n    --hash=sha256:{'0' * 64}\n{pin}") and faults(pin + line)


def test_metrics_are_answered_by_the_dbt_and_the_duckdb_of_the_build():
    """They read what the build has written."""
    build, metrics = (locked(PROJECT / "requirements" / f"{name}.txt") for name in ("build", "metrics"))
    for package in ("dbt-core", "dbt-duckdb", "duckdb"):
        assert metrics[package] == build[package]


def test_make_lock_resolves_every_lock(checkout):
    """From nothing, so the newest is taken; what goes into one environment has one version of each package."""
    assert checkout.run("make", ".venv/uv.txt", PIP_INDEX_URL=checkout.simple).returncode == 0
    locks = {name: checkout.folder / "requirements" / f"{name}.txt" for name in LOCKS if name != "uv"}
    requests = locked(locks["build"])["requests"]
    versions = list((checkout.folder / "requirements" / "versions").glob("*.txt"))
    for lock in (*locks.values(), *versions):
        lock.unlink()
    # An additional index may have other files of the same release, so it has no say here.
    result = checkout.run("make", "lock", PIP_INDEX_URL=checkout.simple, PIP_EXTRA_INDEX_URL=NOWHERE)
    assert result.returncode == 0, result.stderr
    assert versions and not any(faults(lock.read_text()) for lock in (*locks.values(), *versions))
    build, bench, test = (locked(locks[name]) for name in ("build", "bench", "test"))
    assert build.items() < bench.items() < test.items()
    assert build["requests"] == newer(requests)


SETTINGS = {
    "a variable": {"PIP_INDEX_URL": "http://{host}/simple"},
    "a file": {"PIP_CONFIG_FILE": "[global]\nindex-url = {nowhere}\n[install]\nindex-url = http://{host}/simple\n"},
    "a variable before a file": {
        "PIP_CONFIG_FILE": "[install]\nindex-url = {nowhere}\n",
        "PIP_INDEX_URL": "http://{host}/simple",
    },
    "a mirror and others": {
        "PIP_INDEX_URL": "http://{host}/nothing",
        "PIP_CONFIG_FILE": "[global]\nextra-index-url =\n  http://{host}/no\n  {simple}\n",
    },
    "others that have other files of the same version": {
        "PIP_INDEX_URL": "{simple}",
        "PIP_EXTRA_INDEX_URL": "http://{host}/rebuilt http://{host}/nothing",
    },
    "a relative path": {"PIP_INDEX_URL": "mirror/simple"},
    "files alone": {"PIP_INDEX_URL": "{nowhere}", "PIP_NO_INDEX": "yes", "PIP_FIND_LINKS": "nothing mirror/files"},
    "a proxy": {"PIP_PROXY": "http://{host}", "PIP_INDEX_URL": "http://packages.invalid/simple"},
    "uv's variable first": {"PIP_INDEX_URL": "{nowhere}", "UV_DEFAULT_INDEX": "http://{host}/simple"},
    "uv's file first": {"PIP_INDEX_URL": "{nowhere}", "UV_CONFIG_FILE": "index-url = 'http://{host}/simple'"},
    "settings of other projects": {
        "PIP_INDEX_URL": "http://{host}/simple",
        "UV_OVERRIDE": "polars==99999.0",
        "UV_CONSTRAINT": "polars==99999.0",
        "UV_EXCLUDE": "polars",
        "UV_WORKING_DIR": "/",
        "UV_LINK_MODE": "",
    },
}


@pytest.fixture
def mirror(checkout: Checkout) -> Path:
    """A folder to serve: the index in `simple`, and in `rebuilt` one that has another file of the same version."""
    folder = checkout.folder / "mirror"
    rebuilt = folder / "rebuilt" / "polars"
    rebuilt.mkdir(parents=True)
    (wheel,) = checkout.index.glob(f"files/polars-{locked(checkout.lock)['polars']}-*")
    (rebuilt / wheel.name).write_bytes(wheel.read_bytes() + b"\n")
    (rebuilt / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
    for name in ("simple", "files"):
        (folder / name).symlink_to(checkout.index / name)
    return folder


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_it_installs_from_where_the_settings_say(checkout, mirror, settings):
    """Of settings that are files the content is given."""
    with served(mirror) as (host, asked):
        places = {"host": host, "nowhere": NOWHERE, "simple": checkout.simple}
        settings = {name: value.format_map(places) for name, value in settings.items()}
        for name in {"PIP_CONFIG_FILE", "UV_CONFIG_FILE", "UV_CONSTRAINT", "UV_EXCLUDE", "UV_OVERRIDE"} & set(settings):
            (checkout.folder / name).write_text(settings[name])
            settings[name] = str(checkout.folder / name)
        result = checkout.install(**settings)
    assert result.returncode == 0, result.stderr
    assert checkout.has_what_is_locked()
    assert asked or not any(host in value for value in settings.values())


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's side of a certificate for this machine that nobody else has signed: `folder/certificate.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mirror")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    (folder / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


def test_certificates_and_passwords_of_pips_settings_count(checkout, tmp_path):
    """A certificate counts beside those that the environment names for everybody. Passwords are not shown."""
    for folder in ("mirror", "general"):
        (tmp_path / folder).mkdir()
    certificate(tmp_path / "general")
    tls = certificate(tmp_path / "mirror")
    own, general = (str(tmp_path / folder / "certificate.pem") for folder in ("mirror", "general"))
    with served(checkout.index, credentials="joe:s3cret", tls=tls) as (host, _):
        index = f"https://joe:s3cret@{host}/simple"
        refused = [
            checkout.install(PIP_INDEX_URL=index),
            checkout.install(PIP_INDEX_URL=index, PIP_CERT=general),
            checkout.install(PIP_INDEX_URL=index.replace("joe", "jim"), PIP_CERT=own),
        ]
        for result in refused:
            assert result.returncode == 1 and "s3cret" not in result.stdout + result.stderr
            assert len(result.stderr.splitlines()) == 1
            assert not (checkout.folder / STAMP).exists()
        for settings in ({"PIP_CERT": own, "SSL_CERT_FILE": general}, {"PIP_TRUSTED_HOST": f"other\n{host}"}):
            shutil.rmtree(checkout.environment)
            result = checkout.install(PIP_INDEX_URL=index, **settings)
            assert result.returncode == 0, result.stderr
            assert checkout.has_what_is_locked()


@pytest.mark.parametrize("has_certificates", [True, False])
def test_uv_trusts_what_the_machine_trusts(checkout, tmp_path, has_certificates):
    program(tmp_path / "uv", f"#!/bin/sh\necho uv 99.0.0\n/usr/bin/env > '{tmp_path / 'seen'}'\n")
    (tmp_path / "certificates.pem").touch()
    store = tmp_path / ("certificates.pem" if has_certificates else "none")
    path = os.pathsep.join([str(tmp_path), PATH])
    assert checkout.install(PATH=path, SSL_CERT_FILE=str(store), SSL_CERT_DIR=str(tmp_path / "none")).returncode == 0
    assert ("UV_SYSTEM_CERTS=true" in (tmp_path / "seen").read_text().splitlines()) == has_certificates


def test_hashes_count_whatever_the_settings_say(checkout):
    lock = checkout.lock.read_text()
    checkout.lock.write_text(re.sub("sha256:....", "sha256:0123", lock))
    result = checkout.install(PIP_INDEX_URL=checkout.simple, UV_NO_VERIFY_HASHES="1")
    assert result.returncode == 1 and "hash" in result.stderr.lower()
    assert not (checkout.folder / STAMP).exists()


def test_make_tries_again_and_repairs(checkout):
    """What could not be installed leaves no stamp; what is installed is left alone until Python is gone."""
    failed = checkout.run("make", STAMP, PIP_INDEX_URL=NOWHERE)
    assert failed.returncode == 2 and not (checkout.folder / STAMP).exists()
    sentence, makes_own = failed.stderr.splitlines()
    assert "requirements/polars.txt could not be installed" in sentence and "s3cret" not in failed.stderr
    assert makes_own.startswith("make: ***")
    assert checkout.run("make", STAMP, PIP_INDEX_URL=checkout.simple).returncode == 0
    assert "up to date" in checkout.run("make", STAMP, PIP_INDEX_URL=NOWHERE).stdout
    (checkout.environment / "bin" / "python").unlink()
    (checkout.environment / "bin" / "python").symlink_to(checkout.folder / "gone")
    assert checkout.run("make", STAMP, PIP_INDEX_URL=checkout.simple).returncode == 0
    assert checkout.has_what_is_locked() and (checkout.environment / "bin" / "python").exists()


def test_make_names_a_python_that_is_not_there(checkout):
    result = checkout.run("make", STAMP, "PYTHON=python3; touch pwned")
    assert result.returncode == 2
    assert "PYTHON=python3.11" in result.stderr.splitlines()[0]
    assert not (checkout.folder / "pwned").exists()


def program(path: Path, text: str) -> None:
    """Put a program in the place of one, which may be a link."""
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def lose_a_file(environment: Path) -> None:
    """Cut off what uv may share with its cache, and lose the stamp, as when an installation is killed."""
    (module,) = environment.glob("lib/*/site-packages/polars.py")
    module.unlink()
    module.touch()
    (environment / "polars.txt").unlink()


@pytest.mark.parametrize(
    "damage",
    [
        lambda environment: program(environment / "bin" / "python", "garbage"),
        lambda environment: (environment / "pyvenv.cfg").unlink(),
        lambda environment: (environment / "bin" / "activate").unlink(),
        lose_a_file,
    ],
    ids=["Python is broken", "it is no environment", "it was not finished", "a file is cut off"],
)
def test_a_damaged_environment_is_made_whole(checkout, damage):
    assert checkout.install(PIP_INDEX_URL=checkout.simple).returncode == 0
    damage(checkout.environment)
    result = checkout.install(PIP_INDEX_URL=checkout.simple)
    assert result.returncode == 0, result.stderr
    assert checkout.has_what_is_locked()
    used = checkout.run(str(checkout.environment / "bin" / "python"), "-c", "import polars; print(polars.version)")
    assert used.stdout.strip() == locked(checkout.lock)["polars"], used.stderr
    assert (checkout.environment / "bin" / "activate").exists()


def test_a_file_that_two_packages_bring_breaks_neither(tmp_path):
    """Namespaces such as `dbt.adapters` have one `__init__.py` in several wheels, of which the last installed stays."""
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    for name, size in (("one", 3), ("two", 5)):
        (site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (site / f"{name}-1.0.dist-info" / "RECORD").write_text(f"shared/__init__.py,sha256=x,{size}\n{name}.py,,1\n")
        (site / f"{name}.py").write_text("#")
    (site / "shared").mkdir()
    (site / "shared" / "__init__.py").write_text("#" * 5)
    assert install._broken(tmp_path) == []
    (site / "shared" / "__init__.py").write_text("#")
    assert sorted(install._broken(tmp_path)) == ["one", "two"]
    (site / "shared" / "__init__.py").write_text("#" * 3)
    (site / "two.py").unlink()
    assert install._broken(tmp_path) == ["two"]


def test_an_environment_keeps_its_python_unless_another_one_is_named(checkout):
    assert checkout.install(PIP_INDEX_URL=checkout.simple).returncode == 0
    python = checkout.environment / "bin" / "python"
    program(python, f"#!/bin/sh\necho 3 99 {checkout.environment}\n")
    assert checkout.install(PIP_INDEX_URL=NOWHERE).returncode == 0
    assert checkout.install(STAMP, "--with-this-python", PIP_INDEX_URL=checkout.simple).returncode == 0
    assert checkout.has_what_is_locked() and python.resolve() == Path(sys.executable).resolve()
    program(python, f"#!/bin/sh\necho 3 9 {checkout.environment}\n")
    result = checkout.install(PIP_INDEX_URL=checkout.simple)
    assert result.returncode == 1 and "remove that folder" in result.stderr


def test_what_no_lock_has_any_more_does_not_stay(checkout):
    """Only what locks brought goes; what a person installed stays."""
    build = (checkout.folder / "requirements" / "build.txt").read_text()
    lock = checkout.lock.read_text()
    checkout.lock.write_text(lock + next(pin[0] for pin in PIN.finditer(build) if pin["name"] == "requests"))
    assert checkout.install(PIP_INDEX_URL=checkout.simple).returncode == 0
    assert "requests" in installed(checkout.environment)
    (site,) = checkout.environment.glob("lib/*/site-packages")
    (site / "mine-1.0.dist-info").mkdir()
    (site / "mine-1.0.dist-info" / "METADATA").write_text("Name: mine\nVersion: 1.0\n")
    checkout.lock.write_text(lock)
    assert checkout.install(PIP_INDEX_URL=checkout.simple).returncode == 0
    assert installed(checkout.environment) == locked(checkout.lock) | {"mine": "1.0"}


def test_it_says_in_one_line_and_without_passwords_what_uv_says(checkout, tmp_path):
    says = f"warning: old\nerror: Failed to fetch\n  Caused by: {NOWHERE}/polars/\n\n  hint: Log in.\n"
    program(tmp_path / "uv", f"#!/bin/sh\n[ $1 = --version ] && echo uv 99.0.0 && exit\necho '{says}' >&2; exit 2\n")
    result = checkout.install(PATH=os.pathsep.join([str(tmp_path), PATH]))
    assert result.returncode == 1
    reason = "Failed to fetch: http://127.0.0.1:9/simple/polars/: Log in"
    assert result.stderr.startswith(f"requirements/polars.txt could not be installed into .venv-polars: {reason}; see ")
    assert len(result.stderr.splitlines()) == 1


def test_pip_brings_uv_where_there_is_none_or_an_old_one(checkout, tmp_path):
    program(tmp_path / "uv", "#!/bin/sh\necho uv 0.4.0\n")
    failed = checkout.install(PATH=str(tmp_path), PIP_INDEX_URL=NOWHERE)
    assert failed.returncode == 1 and "requirements/uv.txt could not be installed" in failed.stderr
    assert "s3cret" not in failed.stderr and len(failed.stderr.splitlines()) == 1
    result = checkout.install(PATH=str(tmp_path), PIP_INDEX_URL=checkout.simple, PIP_USER="1")
    assert result.returncode == 0, result.stderr
    assert installed(checkout.environment) == locked(checkout.lock) | locked(
        checkout.folder / "requirements" / "uv.txt"
    )


def test_without_pip_it_says_what_to_do(checkout, tmp_path):
    """An environment without pip stands for a Python without it, and one that cannot make pip for a Debian's."""
    assert checkout.run(sys.executable, "-m", "venv", "--without-pip", "bare").returncode == 0
    (tmp_path / "ensurepip.py").write_text("raise SystemExit('disabled')")
    result = checkout.run("bare/bin/python", "requirements/install.py", STAMP, PATH="", PYTHONPATH=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == "Python has no pip and can make none; install pip or uv, and run the same command again.\n"

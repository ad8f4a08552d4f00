"""A certificate authority for tests, made with the openssl program."""

import pathlib
import subprocess

CONFIGURATION = """
[ca]
default_ca = ours
[ours]
database = {folder}/index
serial = {folder}/serial
crlnumber = {folder}/crlnumber
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
new_certs_dir = {folder}
default_md = sha256
default_days = 2
default_crl_days = 2
unique_subject = no
copy_extensions = copy
policy = any
[any]
commonName = supplied
"""


class Authority:
    """Signs certificates and revokes them; everything lies in `folder` as PEM files."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.certificate, self._key = folder / "ca.pem", folder / "ca.key"
        self._settings = folder / "ca.conf"
        self._settings.write_text(CONFIGURATION.format(folder=folder))
        (folder / "index").touch()
        for counter in ("serial", "crlnumber"):
            (folder / counter).write_text("01\n")
        self._run("req", "-x509", *self._new_key(self._key), "-subj", "/CN=authority", "-days", "2",
                  "-out", self.certificate)

    def issue(self, name: str) -> tuple[pathlib.Path, pathlib.Path]:
        """A certificate for `name` and for this machine, and its key."""
        key, request, certificate = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        self._run("req", *self._new_key(key), "-subj", f"/CN={name}",
                  "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", request)
        self._run("ca", "-batch", "-config", self._settings, "-in", request, "-out", certificate, "-notext")
        return certificate, key

    def revocations(self, *revoked: pathlib.Path) -> pathlib.Path:
        """The list of all that are revoked, `revoked` from now on among them."""
        for certificate in revoked:
            self._run("ca", "-config", self._settings, "-revoke", certificate)
        path = self.folder / "revoked.pem"
        self._run("ca", "-config", self._settings, "-gencrl", "-out", path)
        return path

    @staticmethod
    def _new_key(path: pathlib.Path) -> list[str]:
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(path)]

    @staticmethod
    def _run(*arguments) -> None:
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

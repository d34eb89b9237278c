"""Certificates for the tests, made by openssl(1) as they are wanted."""
import subprocess


def openssl(*words, **options):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, **options)
    assert done.returncode == 0, f"openssl {' '.join(map(str, words))}\n{done.stderr.decode()}"
    return done.stdout


class Maker:
    """Makes keys and certificates in a directory; each is a pair of paths (certificate, key)."""

    KINDS = {"p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
             "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
             "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
             "ed25519": ["-algorithm", "ED25519"]}

    def __init__(self, directory):
        self.directory = directory

    def path(self, name):
        return self.directory / name

    def key(self, name, kind="p256"):
        path = self.path(f"{name}.key")
        openssl("genpkey", *self.KINDS[kind], "-out", path)
        return path

    def self_signed(self, name, cn="localhost", kind="p256", san="DNS:localhost,IP:127.0.0.1", days=30, extra=(),
                    ca=True):
        """A self-signed certificate; a negative `days` gives one that has expired."""
        key, cert = self.key(name, kind), self.path(f"{name}.pem")
        words = ["-addext", f"subjectAltName={san}"] if san else []
        words += [] if ca else ["-addext", "basicConstraints=critical,CA:FALSE"]
        for extension in extra:
            words += ["-addext", extension]
        if days < 0:
            return self.signed(name, None, cn, kind, san, days)
        openssl("req", "-x509", "-new", "-key", key, "-out", cert, "-days", days, "-subj", f"/CN={cn}", *words)
        return cert, key

    def signed(self, name, issuer, cn="localhost", kind="p256", san="DNS:localhost,IP:127.0.0.1", days=30,
               ca=False, eku=None, start=None):
        """A certificate signed by `issuer` (itself for None), through `openssl x509` or, with odd times, `openssl ca`."""
        key, cert, request = self.key(name, kind), self.path(f"{name}.pem"), self.path(f"{name}.csr")
        openssl("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={cn}")
        lines = [f"basicConstraints=critical,CA:{'TRUE' if ca else 'FALSE'}"]
        lines += [f"subjectAltName={san}"] if san else []
        lines += [f"extendedKeyUsage={eku}"] if eku else []
        extensions = self.path(f"{name}.ext")
        extensions.write_text("\n".join(lines) + "\n")
        if days >= 0 and not start:
            by = ["-signkey", key] if issuer is None else ["-CA", issuer[0], "-CAkey", issuer[1], "-CAcreateserial"]
            openssl("x509", "-req", "-in", request, "-out", cert, "-days", days, "-extfile", extensions, *by)
            return cert, key
        config = self.path(f"{name}.cnf")
        (self.path(f"{name}.db")).write_text("")
        (self.path(f"{name}.srl")).write_text("01\n")
        config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.path(name + '.db')}\nserial={self.path(name + '.srl')}\n"
                          f"new_certs_dir={self.directory}\ndefault_md=sha256\npolicy=p\nunique_subject=no\n"
                          "[p]\ncommonName=supplied\n")
        by = ["-selfsign", "-keyfile", key] if issuer is None else ["-cert", issuer[0], "-keyfile", issuer[1]]
        first, last = ("20200101000000Z", "20210101000000Z") if days < 0 else (start, "20990101000000Z")
        openssl("ca", "-batch", "-notext", "-config", config, "-in", request, "-out", cert, "-startdate", first,
                "-enddate", last, "-extfile", extensions, *by)
        return cert, key

    def version_1(self, name, cn="localhost"):
        """An X.509 version 1 certificate: no extensions."""
        key, cert, request = self.key(name), self.path(f"{name}.pem"), self.path(f"{name}.csr")
        openssl("req", "-new", "-key", key, "-out", request, "-subj", f"/CN={cn}")
        openssl("x509", "-req", "-in", request, "-out", cert, "-days", 30, "-signkey", key)
        return cert, key

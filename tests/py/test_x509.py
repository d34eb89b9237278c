"""lws_x509_* and lws_tls_vhost_cert_info against what openssl(1) says of the same certificate."""
import re
import subprocess

import pytest

from certs import Maker, openssl


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    return Maker(tmp_path_factory.mktemp("x509"))


@pytest.fixture(scope="module")
def ca(certs):
    return certs.self_signed("ca", cn="Test CA", san=None, extra=["keyUsage=critical,keyCertSign,cRLSign"])


@pytest.mark.parametrize("kind", Maker.KINDS)
def test_facts(stage, certs, ca, kind):
    cert = certs.signed(f"leaf-{kind}", ca, cn="leaf.example", kind=kind)[0]
    done = subprocess.run([stage.test_program("x509"), cert, ca[0], "leaf.example"], env=stage.environment,
                          capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    told = dict(re.findall(r"(?m)^(\w+(?: \w+)?) (\S.*)$", done.stdout))
    dates = openssl("x509", "-in", cert, "-noout", "-dates", "-dateopt", "iso_8601").decode()
    seconds = {what: subprocess.run(["date", "-u", "-d", when, "+%s"], capture_output=True, text=True).stdout.strip()
               for what, when in re.findall(r"not(Before|After)=(.*)", dates)}
    key = openssl("pkey", "-in", str(cert)[:-4] + ".key", "-pubout", "-outform", "DER").hex()
    for whose in ("object", "vhost"):
        if stage.name == "ours":            # 4.1.6 is a day early
            assert told[f"{whose} from"] == seconds["Before"] and told[f"{whose} to"] == seconds["After"]
        assert told[f"{whose} cn"].startswith("leaf.example"), told
        assert told[f"{whose} issuer"] == "/CN=Test CA"
        assert told[f"{whose} key"].endswith(key) or key.endswith(told[f"{whose} key"]), told
        assert told[f"{whose} short"] == "-1"
    assert told["gone"] == "1"


@pytest.mark.ours_only(reason="its common name runs on into what follows it")
def test_issuer_and_name(stage, certs, ca):
    def ask(cert, issuer, name):
        text = subprocess.run([stage.test_program("x509"), cert, issuer, name], env=stage.environment, capture_output=True,
                              text=True, timeout=30).stdout
        return [re.search(rf"(?m)^{what} (.*)$", text)[1] for what in ("issued", "named", "otherwise")]

    leaf, other = certs.signed("named", ca, cn="named.example")[0], certs.self_signed("other-ca", cn="Other CA", san=None)
    assert ask(leaf, ca[0], "named.example") == ["0", "0", "-1"]
    assert ask(leaf, other[0], "named.example") == ["-1", "-1", "-1"]

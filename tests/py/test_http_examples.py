"""The examples http-files, http-dynamic, http-form and sse do what their READMEs say, for curl and for a browser."""
import re
import subprocess

import pytest
from conftest import ROOT, TARGET, WARNINGS

EXAMPLES = ["http-files", "http-dynamic", "http-form", "sse"]


def curl(*words):
    done = subprocess.run(["curl", "-sS", "-m", "20", *map(str, words)], capture_output=True, check=True)
    return done.stdout.decode("latin-1")


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("compiler", [["cc", "-std=c99"], ["c++", "-x", "c++"]], ids=["C99", "C++"])
def test_they_compile_without_warnings(stage, tmp_path, name, compiler):
    source = ROOT / "c-examples" / name / f"{name}.c"
    command = [*compiler, *WARNINGS, *stage.flags("--cflags"), "-c", "-o", str(tmp_path / "o"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def files(example):
    return example("http-files", "--dir", str(ROOT / "c-examples" / "http-files" / "site"))


def test_files_for_curl(stage, files):
    base = f"http://127.0.0.1:{files.port}"
    got = curl("-i", f"{base}/assets/style.css")
    assert "cache-control: public, max-age=86400" in got and "content-type: text/css" in got
    etag = re.search(r"etag: (\S+)", got).group(1)
    assert curl("-i", "-H", f"If-None-Match: {etag}", f"{base}/assets/style.css").startswith("HTTP/1.1 304")
    if stage.name == "ours":
        assert curl("-r", "0-9", f"{base}/index.html") == "<!doctype "
    assert "location: https://libwebsockets.org/" in curl("-i", f"{base}/old")
    assert "There is no such page" in curl("-L", f"{base}/nothing.html")


def test_files_in_a_browser(files, chromium):
    page = chromium.page(f"http://127.0.0.1:{files.port}/")
    page.until("getComputedStyle(document.body).fontSize === '18px'")
    assert "A site of files" in page.text()
    page.screenshot(TARGET / "screenshots" / "http-files.png")
    page.value("document.querySelectorAll('a')[2].click()")
    page.until("document.body && document.body.innerText.includes('There is no such page')")


def test_dynamic_pages(example, chromium):
    dynamic = example("http-dynamic")
    base = f"http://127.0.0.1:{dynamic.port}"
    assert "Hello, Ann!" in curl(f"{base}/?name=Ann")
    assert "<h1>Hello, &lt;b>!</h1>" in curl(f"{base}/?name=%3Cb%3E")
    table = curl(f"{base}/table?n=100000")
    assert table.count("<tr>") == 100000 and "<td>99999<td>9999800001</tr>" in table
    assert curl("-i", f"{base}/none").startswith("HTTP/1.1 404")
    before = dynamic.resident()
    slow = subprocess.Popen(["curl", "-s", "--limit-rate", "20k", f"{base}/table?n=1000000"], stdout=subprocess.DEVNULL)
    for _ in range(5):
        assert "Hello, world!" in curl(base)
    assert dynamic.resident() - before < 8 << 20
    slow.kill()
    slow.wait()
    page = chromium.page(f"{base}/table?n=1000")
    page.until("document.querySelectorAll('tr').length === 1000")
    page.screenshot(TARGET / "screenshots" / "http-dynamic.png")


def checksum(data):
    total = 0
    for byte in data:
        total = (total * 31 + byte) & (1 << 64) - 1
    return f"{total:x}"


def test_forms(example, chromium, tmp_path):
    form = example("http-form", "--dir", str(ROOT / "c-examples" / "http-form"))
    base = f"http://127.0.0.1:{form.port}"
    data = bytes(range(256)) * 1000 + b"\r\n--\r\n"
    (tmp_path / "upload.bin").write_bytes(data)
    got = curl("-F", "text=hello <b>", "-F", f"file=@{tmp_path / 'upload.bin'}", f"{base}/form")
    assert '<b id="text">hello &lt;b></b>' in got and '<b id="file">upload.bin</b>' in got
    assert f'<span id="size">{len(data)}</span>' in got and f'<span id="sum">{checksum(data)}</span>' in got
    assert '<b id="text">a b&amp;</b>' in curl("--data-urlencode", "text=a b&", f"{base}/form")
    page = chromium.page(base)
    page.type("input[name=text]", "from the browser ✓")
    page.value("""(() => { const list = new DataTransfer();
        list.items.add(new File(["file's content"], "note.txt", {type: "text/plain"}));
        document.querySelector("input[type=file]").files = list.files;
        document.querySelector("button").click(); })()""")
    page.until("document.getElementById('file') !== null")
    assert page.value("document.getElementById('text').textContent") == "from the browser ✓"
    assert page.value("document.getElementById('file').textContent") == "note.txt"
    assert page.value("document.getElementById('sum').textContent") == checksum(b"file's content")
    page.screenshot(TARGET / "screenshots" / "http-form.png")


def test_a_clock_by_events(example, chromium):
    sse = example("sse", "--dir", str(ROOT / "c-examples" / "sse"))
    base = f"http://127.0.0.1:{sse.port}"
    got = subprocess.run(["curl", "-sN", "-m", "2", f"{base}/clock"], capture_output=True).stdout.decode()
    assert len(re.findall(r"id: \d+\r\ndata: \d\d:\d\d:\d\d\r\n\r\n", got)) >= 3
    page = chromium.page(base)
    page.until("Number(document.getElementById('count').textContent) >= 4")
    assert re.fullmatch(r"\d\d:\d\d:\d\d", page.value("document.getElementById('clock').textContent"))
    page.screenshot(TARGET / "screenshots" / "sse.png")

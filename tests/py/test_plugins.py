"""Protocol plugins: which files of a directory are loaded, and that their protocols serve."""
import asyncio
import subprocess

import websockets

from conftest import ROOT

SOURCE = ROOT / "tests" / "c" / "plugin" / "upper.c"


def build(stage, directory, name, export, *defines):
    subprocess.run(["cc", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", f"-DPLUGIN_EXPORT={export}", *defines,
                    *stage.flags("--cflags"), "-o", directory / name, SOURCE, *stage.flags("--libs")],
                   env=stage.environment, check=True)


def load(stage, *arguments):
    program = stage.test_program("plugins")
    return subprocess.Popen([program, *map(str, arguments)], env=stage.environment, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_plugins_protocol_serves_connections(stage, tmp_path):
    build(stage, tmp_path, "libprotocol_uppercase.so", "uppercase")
    process = load(stage, "-", tmp_path)
    try:
        lines = [process.stdout.readline().strip() for _ in range(3)]
        assert lines[:2] == ["loaded upper plugin, 1 protocols", "init 0, 1 on the list, 1 protocols"]
        port = int(lines[2].removeprefix("port "))

        async def talk():
            async with websockets.connect(f"ws://127.0.0.1:{port}/", subprotocols=["upper"]) as ws:
                await ws.send("hello plugin")
                return ws.subprotocol, await asyncio.wait_for(ws.recv(), 20)

        assert asyncio.run(talk()) == ("upper", "HELLO PLUGIN")
        rest, errors = process.communicate(timeout=30)
        assert rest.splitlines() == ["unloading upper plugin", "destroy 0, list empty"], errors
        assert process.returncode == 0, errors
    finally:
        process.kill()


def test_what_is_no_plugin_of_the_class_is_left_out_and_the_others_load(stage, tmp_path):
    build(stage, tmp_path, "liba-otherclass.so", "otherclass", '-DPLUGIN_CLASS="another"')
    build(stage, tmp_path, "libb-oldmagic.so", "oldmagic", "-DPLUGIN_MAGIC=189")
    build(stage, tmp_path, "libc-noexport.so", "unexpected")
    build(stage, tmp_path, "libnamed.so", "named")
    build(stage, tmp_path, "libz-lastone.so", "lastone")
    (tmp_path / "libd-garbage.so").write_text("no shared object")
    (tmp_path / "libe-directory.so").mkdir()
    process = load(stage, "-", tmp_path / "missing", tmp_path)
    output, errors = process.communicate(timeout=30)
    assert output.splitlines()[:2] == ["loaded upper plugin, 1 protocols", "init 0, 1 on the list, 1 protocols"], errors
    for told in ("missing", "libb-oldmagic.so", "189", "libc-noexport.so", "libd-garbage.so"):
        assert told in errors, f"{told} is not in:\n{errors}"


def test_a_filter_is_the_whole_name_of_the_export(stage, tmp_path):
    build(stage, tmp_path, "liba-wanted_one.so.2", "wanted_one")
    build(stage, tmp_path, "liba-wanted_one_more.so", "wanted_one_more")
    process = load(stage, "wanted_one", tmp_path)
    output, errors = process.communicate(timeout=30)
    assert output.splitlines()[1] == "init 0, 1 on the list, 1 protocols", errors
    process = load(stage, "wanted", tmp_path)
    output, errors = process.communicate(timeout=30)
    assert output.splitlines() == ["init 0, 0 on the list, 0 protocols", "destroy 0, list empty"], errors

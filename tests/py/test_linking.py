"""Programs that are linked so that every symbol is bound when they start."""
import subprocess

from conftest import ROOT


def symbols(path, which):
    out = subprocess.run(["nm", "-D", which, path], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1].split("@")[0] for line in out.splitlines()}


def test_a_program_that_binds_everything_at_start_runs(stage, tmp_path):
    """It refers to every function that the library exports."""
    names = sorted(n for n in symbols(stage.library, "--defined-only") if n.startswith(("lws", "_lws", "__lws", "lejp")))
    assert len(names) > 200
    source = tmp_path / "all.c"
    source.write_text("".join(f"extern char {n}[];\n" for n in names)
                      + "const char *const table[] = {\n" + "".join(f"\t{n},\n" for n in names) + "};\n"
                      + "#include <stdio.h>\nint main(void) { unsigned n = 0; unsigned i;\n"
                      + "for (i = 0; i < sizeof(table) / sizeof(*table); i++) n += table[i] != NULL;\n"
                      + 'printf("%u\\n", n); return 0; }\n')
    program = tmp_path / "all"
    subprocess.run(["cc", "-fno-builtin", "-Wl,-z,now", "-o", program, source, *stage.flags("--libs")],
                   env=stage.environment, check=True)
    done = subprocess.run([program], env={**stage.environment, "LD_BIND_NOW": "1"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, str(len(names))), done.stderr


def test_what_is_missing_is_told(stage):
    """docs/differences.md names each function of 4.1.6 that the library does not export."""
    table = (ROOT / "tests" / "abi" / "exports-4.1.6.tsv").read_text().splitlines()[1:]
    missing = {line.split("\t")[0] for line in table} - symbols(stage.library, "--defined-only")
    told = (ROOT / "docs" / "differences.md").read_text().split("## Functions that are not there yet")[1].split("\n## ")[0]
    untold = sorted(name for name in missing if f"`{name}`" not in told)
    assert not untold, f"not told as missing: {untold}"

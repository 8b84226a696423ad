"""What the tests of the command line share: running it, and looking at what it says and leaves."""

from fastsplit import cli

NAMES = ("train", "val", "test")
BY_POSITION = (
    "fastsplit: warning: examples are compared by position: the figure means something only if both sources have the "
    "same rows in the same order, but for more at the end of one\n"
)


def run(*args):
    return cli.main([str(arg) for arg in args])


def split(labels, *more, sizes=("train=0.7", "val=0.2", "test=0.1"), out="out", seed=0):
    files = [labels] if isinstance(labels, str) else labels
    return run("split", *files, "--sizes", *sizes, "--seed", seed, "--out", out, *more)


def assert_refused(capsys, code, message):
    """Check that the run ended with code 2, this message and nothing else."""
    captured = capsys.readouterr()
    assert captured.err == f"fastsplit: error: {message}\n"
    assert captured.out == ""
    assert code == 2


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

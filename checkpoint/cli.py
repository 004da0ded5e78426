"""The command line: arguments in, exit code out. `verify` answers before typer is imported: a script waits for it."""

import os
import sys

CRASH, USAGE, INTERRUPTED = 1, 2, 130


def main() -> None:
    """The entry point `checkpoint`; ends the process with the command's exit code."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Run one command line; gives its exit code and never a traceback, unless CHECKPOINT_DEBUG is set."""
    try:
        code = _dispatch(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; nothing more can be said, and a gate that hears nothing stays closed.
        _drop_output()
        return CRASH
    except Exception as error:
        if os.environ.get("CHECKPOINT_DEBUG"):
            raise
        from checkpoint.present import error as say_error

        if isinstance(error, OSError) and error.filename and error.strerror:
            say_error(f"{error.filename}: {error.strerror}", "check that path, and that this account may use it")
        elif isinstance(error, OSError) and error.strerror:
            say_error(f"failed: {error.strerror}", "check the disk and where the output goes")
        else:
            say_error(f"failed: {type(error).__name__}", "run it again with CHECKPOINT_DEBUG=1 for the details")
        _end_output()
        return CRASH
    return code


def _end_output() -> None:
    """Write what is still held back, so that a full disk is not told a second time, with an exit code of Python's."""
    try:
        sys.stdout.flush()
    except (OSError, AttributeError):  # None where the shell closed it
        _drop_output()


def _drop_output() -> None:
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(args: list[str]) -> int:
    if args[:1] == ["verify"]:
        from checkpoint.commands.options import parse

        options = parse(args[1:])
        if options is not None:
            from checkpoint.commands.verify import run as verify

            return verify(options)
    from checkpoint.commands.app import run as full

    return full(args)

"""The Python tool's command line: `carbontracker --log_dir D python train.py`, `--parse D`, `--report LOG --output PDF`. The native
program hands over to it when the first word is one of these options. Options stand before the command; the rest is the command's."""
import os
import signal
import subprocess
import sys

from carbontracker.exceptions import CarbonTrackerError

_OPTIONS = {"--log_dir": "log_dir", "--api_keys": "api_keys", "--parse": "parse", "--report": "report", "--output": "output",
            "--sim-cpu": "sim_cpu", "--sim-cpu-tdp": "sim_cpu_tdp", "--sim-cpu-util": "sim_cpu_util",
            "--sim-gpu": "sim_gpu", "--sim-gpu-watts": "sim_gpu_watts", "--sim-gpu-util": "sim_gpu_util"}
_USAGE = ("usage: carbontracker [--log_dir DIR] [--api_keys DICT] [--sim-cpu NAME --sim-cpu-tdp W [--sim-cpu-util U]]\n"
          "                     [--sim-gpu NAME --sim-gpu-watts W [--sim-gpu-util U]] [--] COMMAND ...\n"
          "       carbontracker --parse DIR\n"
          "       carbontracker --report LOG [--output PDF]")


class _Wrong(Exception):
    pass


def _split(words):
    """(options, command)."""
    options, i = {}, 0
    while i < len(words) and words[i].startswith("-") and words[i] != "--":
        name, equals, value = words[i].partition("=")
        if name not in _OPTIONS:
            raise _Wrong(f"unknown option {name}; options stand before the command, and -- before a command that begins with a dash")
        if not equals:
            i += 1
            if i == len(words):
                raise _Wrong(f"{name} needs a value")
            value = words[i]
        options[_OPTIONS[name]] = value
        i += 1
    return options, words[i + 1:] if words[i:i + 1] == ["--"] else words[i:]


def _numbers(options):
    for name in ("sim_cpu_tdp", "sim_cpu_util", "sim_gpu_watts", "sim_gpu_util"):
        if name in options:
            try:
                options[name] = float(options[name])
            except ValueError:
                raise _Wrong(f"--{name.replace('_', '-')}: {options[name]!r} is not a number") from None
    if "api_keys" in options:
        import ast

        try:
            options["api_keys"] = ast.literal_eval(options["api_keys"])
        except (ValueError, SyntaxError):
            raise _Wrong("""--api_keys is a dict: '{"electricitymaps": "KEY"}'""") from None


def _run(options, command):
    from carbontracker.tracker import CarbonTracker

    options.setdefault("log_dir", "./logs")
    sys.argv = [next((word for word in command if word.endswith((".py", ".sh"))), command[0])]  # after which the run is named
    tracker = CarbonTracker(epochs=1, epochs_before_pred=0, monitor_epochs=1, **options)
    # The terminal sends its signals to the command as well; what only we are sent is passed on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tracker.epoch_start()
    try:
        child = subprocess.Popen(command, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    except OSError as error:
        tracker.stop()
        print(f"carbontracker: {command[0]}: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError) else 126
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda received, _frame: child.send_signal(received))
    status = child.wait()
    tracker.epoch_end()
    return 128 - status if status < 0 else status


def main(words=None):
    """Returns the exit code: the command's own; 2 for wrong usage; 125, 126 or 127 where it could not be started."""
    try:
        options, command = _split(list(sys.argv[1:] if words is None else words))
        _numbers(options)
        output = options.pop("output", "carbon_report.pdf")
        if "parse" in options:
            from carbontracker import parser

            parser.print_aggregate(options["parse"])
            return 0
        if "report" in options:
            from carbontracker.report import generate_report_from_log

            generate_report_from_log(options["report"], output)
            print(f"carbontracker: report written to {os.path.abspath(output)}")
            return 0
        if not command:
            raise _Wrong("no command was given")
        return _run(options, command)
    except _Wrong as error:
        print(f"carbontracker: {error}\n{_USAGE}", file=sys.stderr)
        return 2
    except (CarbonTrackerError, ValueError, OSError) as error:
        print(f"carbontracker: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

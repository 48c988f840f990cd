"""JSON logs on standard error, one object a line, for this service and the libraries below it.

An event is named by a constant text; everything else is a field. Correlate by `instance` (the keyed hash) or by
partition and offset. No answer, name, token or file name is ever a field.

The text of an exception can quote an answer, and libraries log what they catch: so of every exception only its type
and the place are written, whoever logs it, and also when nobody catches it.
"""

import logging
import re
import sys
import threading
from pathlib import Path
from types import TracebackType

import structlog

from services.runtime.settings import LogSettings

QUIET = ("aiokafka", "kafka", "faust", "mode", "pymongo", "asyncio", "uvicorn")
"""Libraries whose INFO is chatter; aiokafka repeats an ERROR many times a second while a broker is away."""


def configure(settings: LogSettings, service: str) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_text,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_without_values)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def logger() -> structlog.typing.FilteringBoundLogger:
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return log


def places(fault: BaseException, deepest: int = 8) -> list[str]:
    """File, line and function of the innermost calls, without any value."""
    found = []
    trace = fault.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-deepest:]


def _uncaught(kind: type[BaseException], fault: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logger().critical("uncaught", fault=kind.__name__, at=places(fault.with_traceback(trace)) if fault else [])


def _without_text(
    _: structlog.typing.WrappedLogger, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """In place of the traceback with its text: the type and the place."""
    found = event.pop("exc_info", None)
    fault = found[1] if isinstance(found, tuple) else found if isinstance(found, BaseException) else sys.exc_info()[1]
    if found and fault is not None:
        event.update(fault=type(fault).__name__, at=places(fault))
    return event


_REPR = re.compile(r"[<({:\n]")


def _without_values(record: logging.LogRecord) -> bool:
    """Cuts from what a library says the exceptions, which it names by type, and the objects that asyncio shows."""
    if isinstance(record.args, tuple):
        record.args = tuple(type(arg).__name__ if isinstance(arg, BaseException) else arg for arg in record.args)
    if record.name == "asyncio" and isinstance(record.msg, str):
        # "Task exception was never retrieved\nfuture: <Task finished ... exception=ValueError('...')>"
        record.msg, record.args = _REPR.split(record.getMessage(), maxsplit=1)[0].strip(), ()
    return True

from . import sinks as sinks
from ._api import Report as Report, Run as Run, current as current, track as track
from ._core import __version__ as __version__, equivalents as equivalents, footprint as footprint, sources as sources, table_intensity as table_intensity
from ._errors import BudgetExceeded as BudgetExceeded, Error as Error, InvalidInput as InvalidInput

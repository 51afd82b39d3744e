"""What can be measured here, under the names that programs for the Python carbontracker use."""
from carbontracker import _arguments, _meter


class Component:
    def __init__(self, name, devices):
        self.name = name
        self._devices = devices

    def available(self):
        return bool(self._devices)

    def devices(self):
        return [device.name for device in self._devices]


def component_names():
    return list(_arguments.COMPONENTS)


def create_components(components_comma, pids=None, devices_by_pid=False, *_more, **_also):
    names = _arguments.components(components_comma)
    meter = _meter.factory(keep=False)
    try:
        devices, _ = meter.read()
    finally:
        meter.close()
    devices, _ = _meter.fold_memory(devices)
    return [Component(name, [d for d in devices if d.component == name]) for name in names]

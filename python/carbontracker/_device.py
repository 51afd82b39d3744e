"""Waits for what the frameworks have queued on their devices, with the frameworks that are loaded already: none is imported."""
import sys


def _torch(torch):
    for name in ("cuda", "xpu"):
        device = getattr(torch, name, None)
        if device is not None and device.is_initialized():
            device.synchronize()
    mps = getattr(torch, "mps", None)
    if mps is not None and torch.backends.mps.is_available():
        mps.synchronize()


def _jax(jax):
    # Work on one device runs in order: a small computation of ours is ready when what was queued before it is.
    for device in jax.local_devices():
        (jax.device_put(0.0, device) + 0).block_until_ready()


def wait():
    for name, wait_for in (("torch", _torch), ("jax", _jax)):
        framework = sys.modules.get(name)
        if framework is None:
            continue
        try:
            wait_for(framework)
        except Exception:  # half-loaded, or a device in trouble: that is the training's to find out
            pass

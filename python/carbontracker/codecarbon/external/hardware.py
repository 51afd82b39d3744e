"""What is measured, in the classes that programs test with isinstance."""


class BaseHardware:
    def __init__(self, name=""):
        self.name = name

    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"


class CPU(BaseHardware):
    def get_model(self):
        return self.name


class GPU(BaseHardware):
    @property
    def num_gpus(self):
        return 1


class AppleSiliconChip(BaseHardware):
    pass


class RAM(BaseHardware):
    pass

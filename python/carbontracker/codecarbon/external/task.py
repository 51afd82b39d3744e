class Task:
    """One named part of a run; `emissions_data` once it has ended."""

    def __init__(self, task_name, began):
        self.task_name, self.began = task_name, began
        self.is_active = True
        self.emissions_data = None

    def out(self):
        return self.emissions_data

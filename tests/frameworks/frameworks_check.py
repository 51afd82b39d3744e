"""The callbacks against the real libraries, on the CPU. `make test-frameworks` installs them and runs this."""
import os

import pytest

os.environ["KERAS_BACKEND"] = "jax"
os.environ["CARBONTRACKER_SYNTHETIC"] = "package-0=const:100"


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("CARBONTRACKER_HOME", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)


def regions(run):
    return [region["name"] for region in run.report().to_dict()["regions"]]


def test_keras_on_jax():
    import keras
    import numpy
    from carbontracker.keras import CarbontrackerCallback
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = CarbontrackerCallback(name="keras")
    model.fit(numpy.zeros((8, 4)), numpy.zeros((8, 1)), epochs=2, verbose=0, validation_split=0.5, callbacks=[callback])
    assert regions(callback.run) == ["epoch 1", "validate", "epoch 2", "validate"] and callback.run.planned == 2


def test_hugging_face_trainer(tmp_path):
    import torch
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments
    from carbontracker.transformers import CarbontrackerCallback
    model = BertForSequenceClassification(
        BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8))
    data = [{"input_ids": torch.tensor([1, 2, 3]), "labels": torch.tensor(0)}] * 8
    callback = CarbontrackerCallback(name="bert")
    arguments = TrainingArguments(str(tmp_path), num_train_epochs=2, report_to=[], use_cpu=True, disable_tqdm=True, save_strategy="no",
                                  per_device_train_batch_size=4)
    Trainer(model=model, args=arguments, train_dataset=data, callbacks=[callback]).train()
    assert regions(callback.run) == ["epoch 1", "epoch 2"] and callback.run.planned == 2


def test_lightning():
    import lightning
    import torch
    from carbontracker.lightning import CarbontrackerCallback

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, index):
            return self.layer(batch).square().mean()

        def validation_step(self, batch, index):
            self.layer(batch)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)
    data = torch.utils.data.DataLoader(torch.zeros(8, 4), batch_size=4)
    callback = CarbontrackerCallback(name="lightning")
    lightning.Trainer(max_epochs=2, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
                      callbacks=[callback]).fit(Model(), data, data)
    assert sorted(regions(callback.run)) == ["epoch 1", "epoch 2", "validate", "validate"] and callback.run.planned == 2


def test_a_torch_loop_with_loader_workers():
    import torch
    import carbontracker
    data = torch.utils.data.DataLoader(torch.zeros(8, 4), batch_size=4, num_workers=2)
    with carbontracker.track("torch", wait=True) as run:
        for _ in run.epochs(range(2)):
            assert sum(len(batch) for batch in data) == 8
    assert regions(run) == ["epoch 1", "epoch 2"]


def test_a_jax_loop_waits_for_its_queue():
    import jax
    import carbontracker
    with carbontracker.track("jax", wait=True) as run:
        for _ in run.epochs(range(2)):
            jax.jit(lambda x: x @ x)(jax.numpy.ones((64, 64)))
    assert regions(run) == ["epoch 1", "epoch 2"]


def test_a_scikit_learn_fit_by_decorator():
    import carbontracker
    from sklearn.linear_model import LinearRegression
    fit = carbontracker.track("fit")(LinearRegression().fit)
    assert fit([[0.0], [1.0]], [0.0, 2.0]).coef_[0] == pytest.approx(2)

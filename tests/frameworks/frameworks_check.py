"""The callbacks against the real libraries. `make test-frameworks` installs them and runs this; PyTorch and scikit-learn alone are
in tests/python."""
import pytest


def keras_model():
    import keras
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_keras_on_jax(regions, steps):
    import keras
    import numpy
    from carbontracker.keras import CarbontrackerCallback
    assert keras.backend.backend() == "jax"
    callback = CarbontrackerCallback(name="keras")
    model = keras_model()
    model.fit(numpy.zeros((8, 4)), numpy.zeros((8, 1)), epochs=2, batch_size=2, verbose=0, validation_split=0.5, callbacks=[callback])
    assert regions(callback.run) == ["epoch 1", "validate of epoch 1", "epoch 2", "validate of epoch 2"] and callback.run.planned == 2
    assert steps == [(0.5, 2, "epoch"), (1.5, 2, "epoch")]  # 4 training rows in batches of 2
    report = callback.run.report().to_dict()
    assert report["run"]["name"] == "keras" and report["forecast"]["of"] == 2


def end_of(run):
    """Where its early stopping was likely to end it, as the report has it when it has ended."""
    end = run.report().to_dict()["forecast"]["likely_end"]
    return end and {name: end[name] for name in ("units", "before_plan", "metric", "patience", "min_delta", "better")}


@pytest.mark.parametrize("before", [True, False])
def test_keras_early_stopping_is_found_beside_it(before):
    import keras
    import numpy
    from carbontracker.keras import CarbontrackerCallback
    callback, stopping = CarbontrackerCallback(), keras.callbacks.EarlyStopping("val_loss", patience=2, min_delta=0.5)
    history = keras_model().fit(numpy.ones((8, 4)), numpy.zeros((8, 1)), epochs=50, verbose=0, validation_split=0.5,
                                callbacks=[callback, stopping] if before else [stopping, callback])
    stopped = len(history.history["loss"])
    assert stopped < 50 and callback.run.planned == 50
    assert end_of(callback.run) == {"units": stopped, "before_plan": 1, "metric": "val_loss", "patience": 2, "min_delta": 0.5, "better": "smaller"}


def test_keras_with_a_rule_of_ones_own_takes_the_metric_from_the_logs():
    import numpy
    from carbontracker.keras import CarbontrackerCallback
    callback = CarbontrackerCallback(metric="loss", target=1e9)
    keras_model().fit(numpy.ones((8, 4)), numpy.zeros((8, 1)), epochs=1, verbose=0, callbacks=[callback])
    assert callback.run.report().to_dict()["forecast"]["likely_end"]["units"] == 1


def test_keras_fits_twice_and_evaluates_alone(caplog):
    import numpy
    from carbontracker.keras import CarbontrackerCallback
    model, callback = keras_model(), CarbontrackerCallback()
    model.evaluate(numpy.zeros((4, 4)), numpy.zeros((4, 1)), verbose=0, callbacks=[callback])
    ids = []
    for _ in range(2):
        model.fit(numpy.zeros((4, 4)), numpy.zeros((4, 1)), verbose=0, callbacks=[callback])
        ids.append(callback.run.id)
    assert len(set(ids)) == 2 and not [r for r in caplog.records if r.name == "carbontracker"]


def bert():
    import torch
    from transformers import BertConfig, BertForSequenceClassification
    config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    return BertForSequenceClassification(config), [{"input_ids": torch.tensor([1, 2, 3]), "labels": torch.tensor(0)}] * 8


def trainer(tmp_path, callbacks, **options):
    from transformers import Trainer, TrainingArguments
    model, data = bert()
    options = {"num_train_epochs": 2, "report_to": [], **options}
    arguments = TrainingArguments(str(tmp_path), use_cpu=True, disable_tqdm=True, save_strategy="no", per_device_train_batch_size=4, **options)
    return Trainer(model=model, args=arguments, train_dataset=data, eval_dataset=data, callbacks=callbacks)


def test_hugging_face_trainer(tmp_path, regions, steps):
    from carbontracker.transformers import CarbontrackerCallback
    callback = CarbontrackerCallback(name="bert")
    trainer(tmp_path, [callback], eval_strategy="epoch").train()
    assert regions(callback.run)[::2] == ["epoch 1", "epoch 2"]
    assert [name.split()[0] for name in regions(callback.run)[1::2]] == ["validate", "validate"] and callback.run.planned == 2
    assert steps == [(0.5, 2, "epoch"), (1, 2, "epoch"), (1.5, 2, "epoch"), (2, 2, "epoch")]  # 8 rows, batches of 4


def test_hugging_face_with_max_steps_has_a_fraction_of_an_epoch(tmp_path):
    from carbontracker.transformers import CarbontrackerCallback
    callback = CarbontrackerCallback()
    trainer(tmp_path, [callback], max_steps=3).train()
    assert callback.run.planned == pytest.approx(2) and callback.run.done == pytest.approx(2)  # 3 of 2 x 2 steps, counted in the trainer's 2 epochs


def test_hugging_face_early_stopping_is_found_beside_it(tmp_path):
    from transformers import EarlyStoppingCallback
    from carbontracker.transformers import CarbontrackerCallback
    callback = CarbontrackerCallback()
    training = trainer(tmp_path, [callback, EarlyStoppingCallback(early_stopping_patience=3, early_stopping_threshold=5.0)], eval_strategy="epoch",
                       num_train_epochs=20, metric_for_best_model="loss", greater_is_better=False)
    training.train()
    assert training.state.epoch == pytest.approx(4)  # a best at the first, and three that are not better by 5
    assert end_of(callback.run) == {"units": 4, "before_plan": 1, "metric": "eval_loss", "patience": 3, "min_delta": 5, "better": "smaller"}
    assert callback.run.planned == 20


def lightning_model():
    import lightning
    import torch

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)
            self.fails = False

        def training_step(self, batch, index):
            if self.fails:
                raise KeyError("of the model")
            return self.layer(batch).square().mean()

        def validation_step(self, batch, index):
            self.log("val_score", self.layer(batch).square().mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)
    return Model(), torch.utils.data.DataLoader(torch.zeros(8, 4), batch_size=4)


def lightning_trainer(*callbacks, **options):
    import lightning
    return lightning.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
                             callbacks=list(callbacks), **options)


def test_lightning(regions, steps):
    from carbontracker.lightning import CarbontrackerCallback
    callback = CarbontrackerCallback(name="lightning")
    model, data = lightning_model()
    lightning_trainer(callback, max_epochs=2).fit(model, data, data)  # its sanity check before is no region
    assert sorted(regions(callback.run)) == ["epoch 1", "epoch 2", "validate of epoch 1", "validate of epoch 2"] and callback.run.planned == 2
    assert steps == [(0.5, 2, "epoch"), (1.5, 2, "epoch")]


@pytest.mark.parametrize("options, units", [({}, 4), ({"val_check_interval": 0.5}, 2)])
def test_lightning_early_stopping_is_found_beside_it(options, units):
    from lightning.pytorch.callbacks import EarlyStopping
    from carbontracker.lightning import CarbontrackerCallback
    callback = CarbontrackerCallback()
    model, data = lightning_model()
    stopping = EarlyStopping("val_score", patience=3, mode="max", min_delta=100.0)
    trainer = lightning_trainer(callback, stopping, max_epochs=30, **options)
    trainer.fit(model, data, data)  # the first is the best, and three that are not better by 100: after every epoch, or every half
    assert end_of(callback.run) == {"units": units, "before_plan": 1, "metric": "val_score", "patience": 3, "min_delta": 100, "better": "larger"}
    assert callback.run.planned == 30


def test_lightning_by_steps_and_a_model_that_fails(steps):
    from carbontracker.lightning import CarbontrackerCallback
    model, data = lightning_model()
    callback = CarbontrackerCallback()
    lightning_trainer(callback, max_steps=3, max_epochs=-1).fit(model, data)
    assert steps == [(1, 3, "step"), (2, 3, "step"), (3, 3, "step")]
    model.fails = True
    with pytest.raises(KeyError, match="of the model"):
        lightning_trainer(callback, max_epochs=1).fit(model, data)
    assert callback.run.stopped and callback.run.report().to_dict()["run"]["exit_code"] == 1


def test_a_jax_loop_waits_for_its_queue(regions):
    import jax
    import carbontracker
    with carbontracker.track("jax", wait=True) as run:
        for _ in run.epochs(range(2)):
            jax.jit(lambda x: x @ x)(jax.numpy.ones((64, 64)))
    assert regions(run) == ["epoch 1", "epoch 2"]


def accelerated(log_with=None):
    import accelerate
    import torch
    accelerator = accelerate.Accelerator(cpu=True, log_with=log_with)
    model = torch.nn.Linear(4, 1)
    data = torch.utils.data.DataLoader(torch.zeros(8, 4), batch_size=4)
    return accelerator, *accelerator.prepare(model, torch.optim.SGD(model.parameters(), lr=0.1), data)


def test_accelerate_takes_progress_from_what_is_logged(steps):
    from carbontracker.accelerate import CarbontrackerTracker
    tracker = CarbontrackerTracker(name="accelerate")
    accelerator, model, optimiser, data = accelerated(tracker)
    accelerator.init_trackers("project", config={"lr": 0.1, "max_train_steps": 4})
    run = accelerator.get_tracker("carbontracker", unwrap=True)
    assert run is tracker.run and run.running
    for step in range(1, 5):
        for batch in data:
            accelerator.backward(model(batch).square().mean())
            optimiser.step()
        accelerator.log({"loss": 0.1}, step=step)
    accelerator.end_training()
    assert run.stopped and steps == [(step, 4, "step") for step in (1, 2, 3, 4)]


def test_accelerate_without_a_tracker_of_its_own(regions):
    import carbontracker
    accelerator, model, optimiser, data = accelerated()
    with carbontracker.track("loop") as run:
        for _ in run.epochs(range(2)):
            for batch in data:
                accelerator.backward(model(batch).square().mean())
                optimiser.step()
    assert regions(run) == ["epoch 1", "epoch 2"]

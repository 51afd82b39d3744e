"""Libraries that import codecarbon by name get ours: transformers' own CodeCarbonCallback, and the model cards of sentence-transformers.
Each in an interpreter of its own, because install() has to come before the library."""
import csv
import subprocess
import sys

import pytest

START = """
import sys
import carbontracker.codecarbon
carbontracker.codecarbon.install()
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", START + code], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_the_callback_of_transformers(machine):
    out = run("""
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments
from transformers.integrations import CodeCarbonCallback, is_codecarbon_available
assert is_codecarbon_available()
config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
data = [{"input_ids": torch.tensor([1, 2, 3]), "labels": torch.tensor(0)}] * 8
arguments = TrainingArguments("out", num_train_epochs=2, report_to=["codecarbon"], use_cpu=True, disable_tqdm=True, save_strategy="no")
trainer = Trainer(model=BertForSequenceClassification(config), args=arguments, train_dataset=data)
[callback] = [c for c in trainer.callback_handler.callbacks if isinstance(c, CodeCarbonCallback)]
trainer.train()
print(type(callback.tracker).__module__, callback.tracker.final_emissions_data.energy_consumed * 3.6e6 / callback.tracker.final_emissions_data.duration)
""").split()
    assert out[-2].startswith("carbontracker.codecarbon") and float(out[-1]) == pytest.approx(100, rel=0.1)
    [row] = list(csv.DictReader((machine / "out" / "emissions.csv").open()))
    assert float(row["energy_consumed"]) * 3.6e6 == pytest.approx(100 * float(row["duration"]), rel=0.1) and float(row["emissions"]) > 0


def test_a_model_card_of_sentence_transformers(machine):
    out = run("""
import datasets, torch, tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments, losses, models
words = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"])}
tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="[UNK]"))
tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]").save_pretrained("m")
BertModel(BertConfig(vocab_size=8, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)).save_pretrained("m")
word = models.Transformer("m")
model = SentenceTransformer(modules=[word, models.Pooling(8)], device="cpu")
data = datasets.Dataset.from_dict({"anchor": ["a b", "b c"] * 4, "positive": ["a", "c"] * 4})
arguments = SentenceTransformerTrainingArguments("out", num_train_epochs=1, report_to=["codecarbon"], use_cpu=True, disable_tqdm=True, save_strategy="no")
trainer = SentenceTransformerTrainer(model=model, args=arguments, train_dataset=data, loss=losses.MultipleNegativesRankingLoss(model))
trainer.train()
card = model.model_card_data.to_dict()
print(card["co2_eq_emissions"]["source"], card["co2_eq_emissions"]["emissions"], card["co2_eq_emissions"]["energy_consumed"])
""").split()
    assert out[-3] == "codecarbon" and 0 < float(out[-1]) < 100 * 200 / 3.6e6 and float(out[-2]) > 0


def test_what_asks_whether_it_is_installed():
    assert run("""
import importlib.metadata, importlib.util
print(importlib.util.find_spec("codecarbon").name, importlib.util.find_spec("codecarbon.output") is not None, importlib.metadata.version("codecarbon"))
from codecarbon.core.units import Energy
from codecarbon.output import EmissionsData, LoggerOutput
from codecarbon import EmissionsTracker
""").startswith("carbontracker.codecarbon True 3.")

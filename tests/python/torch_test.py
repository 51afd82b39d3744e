"""A PyTorch loop and a scikit-learn fit, as the real libraries run them."""
import pytest


def names(run):
    return [region["name"] for region in run.report().to_dict()["regions"]]


def test_a_torch_loop_with_loader_workers(ct, stored):
    import torch
    data = torch.utils.data.DataLoader(torch.zeros(8, 4), batch_size=4, num_workers=2)
    model = torch.nn.Linear(4, 1)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    with ct.track("torch", wait=True) as run:
        for _ in run.epochs(range(2)):
            for batch in data:
                optimiser.zero_grad()
                model(batch).square().mean().backward()
                optimiser.step()
    assert names(run) == ["epoch 1", "epoch 2"]
    assert len(stored()) == 1


def test_loader_workers_that_track_do_not_measure(python, stored):
    done = python("""
import torch, carbontracker as ct
class Data(torch.utils.data.Dataset):
    def __len__(self): return 4
    def __getitem__(self, i):
        with ct.track('worker') as run:
            return float(run.measuring)
if __name__ == '__main__':
    print('main is imported', flush=True)
    with ct.track('main') as run:
        for context in ('fork', 'spawn'):
            loader = torch.utils.data.DataLoader(Data(), batch_size=2, num_workers=2, multiprocessing_context=context)
            print([batch.tolist() for batch in loader])
""", timeout=90)
    assert done.stdout == "main is imported\n" + "[[0.0, 0.0], [0.0, 0.0]]\n" * 2 and done.returncode == 0, done.stderr
    assert [run["run"]["name"] for run in stored()] == ["main"]


def test_a_scikit_learn_fit_by_decorator(ct, stored):
    from sklearn.linear_model import LinearRegression
    fit = ct.track("fit")(LinearRegression().fit)
    assert fit([[0.0], [1.0]], [0.0, 2.0]).coef_[0] == pytest.approx(2)
    assert [run["run"]["name"] for run in stored()] == ["fit"]

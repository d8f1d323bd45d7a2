"""An Optuna study in SQLite with a GridSampler: STORE CELLS create, count, whole, or the number of the trial that a worker hangs in."""
import json
import sys
import time
from collections import Counter

import optuna

store, cells, what = f"sqlite:///{sys.argv[1]}", int(sys.argv[2]), sys.argv[3]
optuna.logging.set_verbosity(optuna.logging.ERROR)


def sampler():
    return optuna.samplers.GridSampler({"x": list(range(cells))}, seed=1)


if what == "count":
    trials = optuna.load_study(study_name="bench", storage=store).trials
    states = Counter(t.state.name.lower() for t in trials)
    done = Counter(t.params["x"] for t in trials if t.state.is_finished())
    print(json.dumps({"who": f"optuna {optuna.__version__}", "states": states, "cells": len(done), "again": sum(done.values()) - len(done)}))
    sys.exit()

if what == "create":
    optuna.create_study(study_name="bench", storage=store)
    sys.exit()

study = optuna.load_study(study_name="bench", storage=store, sampler=sampler())
hang, done = -1 if what == "whole" else int(what), 0


def objective(trial):
    global done
    x = trial.suggest_int("x", 0, cells - 1)
    if done == hang:
        print(json.dumps({"hangs": True}), flush=True)
        time.sleep(3600)
    done += 1
    return (x - cells / 2) ** 2


began = time.time()
study.optimize(objective)
print(json.dumps({"trials": done, "began": began, "ended": time.time()}))

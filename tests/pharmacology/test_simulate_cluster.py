"""Two worker processes, one killed midway, give the answer of one process to the last bit."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from daybreak.cli import app
from daybreak.pharmacology.body import Body, KineticsError
from daybreak.pharmacology.simulate import (
    Endpoints,
    Population,
    Quantiles,
    Symptoms,
    Trajectories,
    TreatmentDay,
    concentrations_in_ng_per_ml,
    simulate,
)
from daybreak.pharmacology.simulation.cluster import Cluster
from daybreak.pharmacology.simulation.made_with import MadeWith
from daybreak.treatment.regimen_language import parse

COURSE = parse("ketamine 0.5 mg/kg iv over 40 min, on days 1 and 4")
PEOPLE = Population(160, (Body(60, None, 25), Body(90, None, 30)))
PORTION = 8


@pytest.fixture(scope="module")
def two_workers():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as cluster:
        yield cluster


def found(people=PEOPLE, **how):
    return simulate(
        COURSE,
        people,
        times_h=np.linspace(0, 8, 33),
        save=(Endpoints(), Quantiles(), Trajectories()),
        outputs=(concentrations_in_ng_per_ml, Symptoms(32), TreatmentDay()),
        seed=6,
        portion=PORTION,
        **how,
    )


def test_a_worker_killed_midway_changes_nothing(two_workers):
    victim, done = two_workers.workers[0].pid, []

    def kill_one(patients):
        done.append(patients)
        if len(done) == 2:
            os.kill(victim, signal.SIGKILL)

    with Cluster(two_workers.scheduler_address).open() as run:
        there = found(run=run, progress=kill_one)
    assert len(done) == PEOPLE.patients / PORTION
    assert two_workers.workers[0].pid != victim
    here = found()
    for kind in ("quantiles", "trajectories", "chances"):
        ours, theirs = getattr(here, kind), getattr(there, kind)
        assert list(ours) == list(theirs)
        assert [name for name in ours if not np.array_equal(ours[name], theirs[name])] == []
    for series, ends in here.endpoints.items():
        assert [end for end in ends if not np.array_equal(ends[end], there.endpoints[series][end])] == []
    assert (here.warnings, here.limits, here.fits) == (there.warnings, there.limits, there.fits)


def test_the_command_computes_there_what_it_computes_here(two_workers, tmp_path):
    there, here = tmp_path / "there.csv", tmp_path / "here.csv"
    asked = ["simulate", "ketamine 0.5 mg/kg iv over 40 min, once", "--patients", "40", "--age-years", "25"]
    run = CliRunner().invoke
    assert run(app, [*asked, "--endpoints", str(there), "--cluster", two_workers.scheduler_address]).exit_code == 0
    assert run(app, [*asked, "--endpoints", str(here)]).exit_code == 0
    assert there.read_bytes() == here.read_bytes()


def test_what_nobody_answers_is_a_sentence(monkeypatch):
    monkeypatch.setattr("daybreak.pharmacology.simulation.cluster._WAIT_S", 0.3)
    done = CliRunner().invoke(
        app, ["simulate", "ketamine 50 mg im once", "--patients", "2", "--cluster", "tcp://127.0.0.1:1"]
    )
    assert done.exit_code == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:1" in done.output


def test_numbers_of_other_software_are_refused_and_those_of_another_machine_are_said():
    own, few = MadeWith.here(), Population(1, (Body(70),))

    def warnings(made_with):
        def run(compute, portions):
            return [replace(compute(portion), made_with=made_with) for portion in portions]

        return " ".join(found(few, run=run).warnings)

    with pytest.raises(KineticsError, match="another Daybreak"):
        warnings(MadeWith("other", own.machine))
    assert "another kind of processor" in warnings(MadeWith(own.software, "other"))
    assert "another kind of processor" not in warnings(own)

"""Work by several workers: every item is done, errors are results, and sessions are few."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from jjbgen.controller import Client
from jjbgen.pool import Pool
from jjbgen.session import ControllerError, Login, Session
from tests.contract_jenkins import ContractJenkins


@pytest.fixture
def jenkins() -> Iterator[ContractJenkins]:
    with ContractJenkins() as running:
        yield running


def pool(jenkins: ContractJenkins, workers: int) -> Pool:
    return Pool(lambda: Client(Session(jenkins.url, Login(*jenkins.login), sleep=lambda _: None)), workers)


@pytest.mark.parametrize("workers", [1, 3])
def test_everything_is_done_with_a_session_for_each_worker_at_most(workers: int, jenkins: ContractJenkins) -> None:
    with pool(jenkins, workers) as made:
        results = dict(made.run(lambda client, number: (client.user(), number * 2), range(20)))
    assert results == {number: ("admin", number * 2) for number in range(20)}
    assert len(jenkins.requests) == 20
    assert len({request.connection for request in jenkins.requests}) <= workers


def test_an_error_is_the_result_of_its_item_and_of_no_other(jenkins: ContractJenkins) -> None:
    def work(client: Client, number: int) -> str:
        if number == 3:
            raise ControllerError("three")
        return client.user()

    with pool(jenkins, 2) as made:
        results = dict(made.run(work, range(6)))
    assert {number for number, result in results.items() if isinstance(result, ControllerError)} == {3}


def test_a_bug_is_not_taken_for_an_error_of_the_controller(jenkins: ContractJenkins) -> None:
    def work(_: Client, number: int) -> int:
        return 1 // number

    with pool(jenkins, 2) as made, pytest.raises(ZeroDivisionError):
        list(made.run(work, range(6)))


def test_workers_work_at_the_same_time(jenkins: ContractJenkins) -> None:
    meeting = threading.Barrier(3, timeout=20)

    def work(_: Client, __: int) -> int:
        return meeting.wait()

    with pool(jenkins, 3) as made:
        assert sorted(str(result) for _, result in made.run(work, range(3))) == ["0", "1", "2"]


def test_who_stops_listening_lets_nothing_more_begin(jenkins: ContractJenkins) -> None:
    begun: list[int] = []

    def work(client: Client, number: int) -> str:
        begun.append(number)
        return client.user()

    with pool(jenkins, 2) as made:
        results = made.run(work, range(500))
        next(results)
        results.close()  # type: ignore[attr-defined] # it is a generator
    assert len(begun) < 500

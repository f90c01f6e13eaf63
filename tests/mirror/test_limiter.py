from shadowpact.mirror.limiter import DOWN_AFTER, UP_AFTER, UP_AFTER_ERROR, WINDOW, Limiter


def succeed(limiter: Limiter, times: int) -> None:
    for _ in range(times):
        limiter.succeeded()


def fail(limiter: Limiter, times: int) -> None:
    for _ in range(times):
        limiter.failed()


def test_it_begins_gently_and_ramps_up_to_the_most() -> None:
    limiter = Limiter(10)

    limits = [limiter.limit]
    for _ in range(4):
        succeed(limiter, UP_AFTER)
        limits.append(limiter.limit)

    assert limits == [3, 5, 7, 10, 10]


def test_one_request_is_always_allowed() -> None:
    limiter = Limiter(1)
    fail(limiter, 500)

    assert limiter.limit == 1


def test_an_error_steps_down_and_the_way_up_is_slower_afterwards() -> None:
    limiter = Limiter(10)
    succeed(limiter, 3 * UP_AFTER)

    limiter.failed()

    assert limiter.limit == 7
    succeed(limiter, UP_AFTER_ERROR - 1)
    assert limiter.limit == 7
    limiter.succeeded()
    assert limiter.limit == 10


def test_errors_of_what_was_under_way_already_do_not_step_down_again() -> None:
    limiter = Limiter(10)
    succeed(limiter, 3 * UP_AFTER)

    fail(limiter, 5)

    assert limiter.limit == 7
    fail(limiter, 10)
    assert limiter.limit == 5


def test_errors_in_a_row_mean_that_the_candidate_is_down() -> None:
    limiter = Limiter(10)
    fail(limiter, DOWN_AFTER - 1)

    assert limiter.down is None
    limiter.failed()
    assert limiter.down == f"{DOWN_AFTER} errors in a row"


def test_one_answer_ends_a_row_of_errors() -> None:
    limiter = Limiter(10)
    fail(limiter, DOWN_AFTER - 1)
    limiter.succeeded()
    limiter.failed()

    assert limiter.down is None


def test_a_share_of_errors_above_the_limit_means_that_the_candidate_is_down() -> None:
    limiter = Limiter(10, stop_error_rate=0.25)
    for _ in range(WINDOW // 4):
        succeed(limiter, 3)
        limiter.failed()
    before = limiter.down

    limiter.failed()

    assert before is None
    assert limiter.down is not None
    assert "more than 25%" in limiter.down


def test_old_errors_are_forgotten() -> None:
    limiter = Limiter(10, stop_error_rate=0.1)
    fail(limiter, DOWN_AFTER - 1)
    succeed(limiter, 2 * WINDOW)

    assert limiter.down is None

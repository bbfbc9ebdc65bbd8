"""Which target is the broker of a Celery."""

import pytest

from ops.config.decode import decode


@pytest.mark.parametrize(
    ("tables", "needs"),
    [
        pytest.param(
            '[[redis]]\nname = "cache"\nurl = "redis://localhost:6379/0"\n'
            '[[celery]]\nname = "jobs"\nbroker = "redis://127.0.0.1:6379/2"\n',
            ("redis:cache",),
            id="the redis at the same host and port, whatever the database",
        ),
        pytest.param(
            '[[redis]]\nname = "cache"\nurl = "redis://127.0.0.1:6380/0"\n'
            '[[celery]]\nname = "jobs"\nbroker = "redis://127.0.0.1:6379/0"\n',
            (),
            id="another port is another redis",
        ),
        pytest.param(
            '[[redis]]\nname = "cache"\nurl = "unix:///run/redis.sock?db=1"\n'
            '[[celery]]\nname = "jobs"\nbroker = "unix:///run/redis.sock?db=0"\n',
            ("redis:cache",),
            id="a redis at the same socket",
        ),
        pytest.param(
            '[[rabbitmq]]\nname = "mq"\nurl = "http://MQ1:15672"\n'
            '[[celery]]\nname = "jobs"\nbroker = "amqp://shop@mq1:5672/shop"\ndepends_on = ["rabbitmq:mq"]\n',
            ("rabbitmq:mq",),
            id="named by hand it is named once",
        ),
        pytest.param(
            '[[rabbitmq]]\nname = "mq"\nurl = "http://mq1:15672"\n'
            '[[celery]]\nname = "jobs"\nbroker = "amqp://shop@mq1/shop"\n',
            ("rabbitmq:mq",),
            id="the rabbitmq of the same host",
        ),
        pytest.param(
            '[[redis]]\nname = "a"\nurl = "redis://mq1"\n[[redis]]\nname = "b"\nurl = "redis://mq1"\n'
            '[[celery]]\nname = "jobs"\nbroker = "redis://mq1"\n',
            (),
            id="two that could be it",
        ),
        pytest.param(
            '[[rabbitmq]]\nname = "mq"\nurl = "http://mq1:15672"\n[[celery]]\nname = "jobs"\nbroker = "redis://mq1"\n',
            (),
            id="a redis beside a rabbitmq is another broker",
        ),
    ],
)
def test_a_celery_depends_on_its_broker(tables: str, needs: tuple[str, ...]) -> None:
    config = decode(tables, "x.toml").config
    (jobs,) = [spec for spec in config.targets if spec.id == "celery:jobs"]
    assert jobs.config.depends_on == needs

# `make demo` shows everything at work, `make test` checks everything. Both set up .venv by themselves.

.DEFAULT_GOAL := help
.NOTPARALLEL:
ROWS ?= 60000
# The tests start Python hundreds of times; without byte code each start compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test benchmark benchmark-training environment environment-test engines lint proto lock clean

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1	\2/p' Makefile | expand -t 26

demo: environment ## Store real digits, train a network on them and keep the model, in about two minutes
	@.venv/bin/tablefit demo

test: environment-test engines lint ## Check style, types and contract, then run all tests
	.venv/bin/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

benchmark: environment-test engines ## Measure the data service against its peers; ROWS=6000 is quicker
	.venv/bin/python -m tests.benchmarks --rows $(ROWS)

benchmark-training: environment-test engines ## Measure training through both services against Keras by itself
	.venv/bin/python -m tests.benchmarks --training

environment: ## Install the locked versions into .venv
	@sh .ci/environment run

environment-test: ## Install what the tests need, too
	@sh .ci/environment test

engines: environment-test ## Bring the MySQL and MariaDB servers that the tests use
	@.venv/bin/python .ci/install_engines.py

lint: environment-test ## Check style, types and the protos
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/buf lint protos

proto: environment-test ## Regenerate client/tablefit/v1 from the protos
	.venv/bin/python -m grpc_tools.protoc -Iprotos --python_out=client --pyi_out=client --grpc_python_out=client \
		protos/tablefit/v1/*.proto

lock: ## Compile constraints.txt anew, with the newest allowed versions
	@test -x .venv/bin/uv || sh .ci/environment test
	.venv/bin/uv pip compile --quiet --upgrade --universal --all-extras --group build --group dev \
		--no-emit-index-url --no-annotate --no-header --output-file constraints.txt pyproject.toml

clean: ## Remove .venv and everything that can be made again
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

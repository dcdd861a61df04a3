#!/usr/bin/env python3
# SPDX-FileCopyrightText: the graft authors
# SPDX-License-Identifier: BSD-3-Clause
"""Whether the lower bound of tests/jobs/placement_test.cpp is tight where memory is short: all memory that 500 jobs
ask for, times their length, over the memory of 8 GPUs. Beside it stands the value of the linear program over all sets
of jobs that fit on one GPU together (at most 4, at most 80 GiB), whose dual gives each size its price. No schedule is
shorter than either. Prints both in seconds for the seeds of the test.

    python3 -m venv /tmp/goldens && /tmp/goldens/bin/pip install numpy scipy
    /tmp/goldens/bin/python tools/goldens/placement_bound.py
"""
import numpy
import scipy.optimize
import scipy.sparse

LEAST, MOST, MEMORY, PLACES, GPUS, JOBS = 5, 60, 80, 4, 8, 500
MASK = (1 << 64) - 1


def mersenne_twister(seed):
    """std::mt19937_64."""
    state = [seed]
    for index in range(1, 312):
        state.append((6364136223846793005 * (state[-1] ^ (state[-1] >> 62)) + index) & MASK)
    while True:
        for index in range(312):
            joined = (state[index] & 0xFFFFFFFF80000000) | (state[(index + 1) % 312] & 0x7FFFFFFF)
            state[index] = state[(index + 156) % 312] ^ (joined >> 1) ^ (0xB5026F5AA96619E9 if joined & 1 else 0)
        for value in state:
            value ^= (value >> 29) & 0x5555555555555555
            value ^= (value << 17) & 0x71D67FFFEDA60000
            value ^= (value << 37) & 0xFFF7EEE000000000
            yield value ^ (value >> 43)


def seconds_by_size(seed):
    """Of the jobs of `many_jobs`: how long those of each size take together."""
    draw = mersenne_twister(seed)
    seconds = numpy.zeros(MOST - LEAST + 1)
    for _ in range(JOBS):
        is_long = next(draw) % 20 == 0
        minutes = 60 + next(draw) % 180 if is_long else 1 + next(draw) % 60
        seconds[next(draw) % (MOST - LEAST + 1)] += 60 * minutes
        next(draw)  # its sweep
    return seconds


def sets_that_fit(first, left, places):
    """Of sizes from `first` on."""
    for size in range(first, min(MOST, left) + 1):
        yield (size,)
        if places > 1:
            for rest in sets_that_fit(size, left - size, places - 1):
                yield (size,) + rest


def main():
    sets = list(sets_that_fit(LEAST, MEMORY, PLACES))
    rows = [row for row, sizes in enumerate(sets) for _ in sizes]
    columns = [size - LEAST for sizes in sets for size in sizes]
    fits = scipy.sparse.coo_matrix((numpy.ones(len(rows)), (rows, columns)), shape=(len(sets), MOST - LEAST + 1))
    for seed in range(1, 11):
        seconds = seconds_by_size(seed)
        memory = (seconds * numpy.arange(LEAST, MOST + 1)).sum() / MEMORY / GPUS
        found = scipy.optimize.linprog(-seconds, A_ub=fits.tocsr(), b_ub=numpy.ones(len(sets)), bounds=(0, 1))
        print(f"seed {seed}: memory {memory:.1f} s, linear program {-found.fun / GPUS:.1f} s")


if __name__ == "__main__":
    main()

"""Oracle of the softmax side: selection rules, exact pairs, attend, coverage, from the definitions alone (README.md beside this)."""

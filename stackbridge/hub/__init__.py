"""The hub: what a software stack is, in nobody's dialect.

Reading order: `stack` (what is wanted), `recipe` (how one package is built),
`resolution` (what exactly it is), `versions` (order and sets), `notices` (what a
conversion could not carry over). Nothing here imports anything else of ours but `errors`.
"""

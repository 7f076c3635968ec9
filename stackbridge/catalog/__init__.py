"""The catalog: which names mean the same software, and who says so.

Reading order: `identity` (the nouns), `lookup` (questions), `store` (the file),
`facts` (what recipes say), `build` (from facts to identities), `rules` (what people decided).
Imports the hub and `errors`, never an ecosystem.
"""

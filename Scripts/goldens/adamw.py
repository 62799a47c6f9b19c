"""Prints the golden of Tests/TorchTests/AdamWTests.swift: four parameters after each of four steps.

    python3 -m pip install torch==2.15.0
    python3 Scripts/goldens/adamw.py

torch.optim.AdamW in float64. Among the gradients are none at all, one that changes its sign, and some
as small as epsilon.
"""

import torch

WEIGHTS = [3.0, -0.5, 0.25, 2.0]
GRADIENTS = [[6.0, -0.25, 0.0, 1e-8], [-4.0, -0.5, 0.0, 2e-8], [0.5, 8.0, 0.0, -1e-8], [0.0, 1e-3, 0.0, 0.0]]

print(f"torch {torch.__version__}")
weights = torch.nn.Parameter(torch.tensor(WEIGHTS, dtype=torch.float64))
optimizer = torch.optim.AdamW([weights], lr=0.1, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.5)
for gradient in GRADIENTS:
    weights.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer.step()
    print([round(value, 9) for value in weights.tolist()])

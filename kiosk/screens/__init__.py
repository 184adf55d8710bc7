"""What visitors and staff see and touch: a pure flow, pure views, and one pygame window that draws them."""

"""`scripts/demo`: the main job on real photographs, or on the camera that is there."""

from kiosk.demo.command import main

if __name__ == "__main__":
    main()

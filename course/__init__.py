"""What an exercise is: its chapter, its notebook, its examination, and the kit that ships to learners."""

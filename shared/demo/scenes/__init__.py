"""The term, scene by scene, in the order of the calendar."""

from shared.demo.scenes.intake import deadline, intake_sent, reminder, resistance
from shared.demo.scenes.notes import kind_words, night_note, third_note
from shared.demo.scenes.office import call_me
from shared.demo.scenes.onboarding import care_circle, onboarding
from shared.demo.scenes.safety import another_school, crash, restriction
from shared.demo.scenes.term import alert, booking, cadence, promise

SCENES = (
    onboarding,
    care_circle,
    intake_sent,
    resistance,
    kind_words,
    night_note,
    third_note,
    reminder,
    deadline,
    alert,
    booking,
    promise,
    call_me,
    restriction,
    cadence,
    another_school,
    crash,
)

"""Choosing a sound device by a part of its name, and the order in which a set-up tries them."""

from __future__ import annotations

import pytest

from voicecoach.errors import EngineError
from voicecoach.machine.devices import SoundDevice, candidates, choose, is_there, name_part, spoken_name


def device(name, *, inputs=1, outputs=1, host="ALSA", default=False):
    return SoundDevice(0, name, host, inputs, outputs, 48_000, ("microphone", "speaker") if default else ())


LAPTOP = [
    device("HDA Intel PCH: ALC257 Analog (hw:0,0)"), device("HDA Intel PCH: HDMI 0 (hw:0,3)", inputs=0), device("USB Audio: - (hw:1,0)"),
    device("sysdefault"), device("surround51", inputs=0), device("pipewire"), device("default", default=True),
]


def test_a_part_of_the_name_in_any_case_is_enough():
    assert choose("microphone", "usb", LAPTOP).name == "USB Audio: - (hw:1,0)"
    assert choose("microphone", "", LAPTOP).name == "default"
    assert choose("speaker", "", LAPTOP[:2]).name == LAPTOP[0].name, "without a default the first one counts"


def test_none_and_several_are_one_sentence_that_names_the_candidates():
    with pytest.raises(EngineError) as none:
        choose("microphone", "studio", LAPTOP[:3])
    assert str(none.value) == ("microphone: no sound input is called 'studio'; choose one of: HDA Intel PCH: ALC257 Analog (hw:0,0), "
                               "USB Audio: - (hw:1,0).")
    with pytest.raises(EngineError) as several:
        choose("speaker", "hda", LAPTOP)
    assert str(several.value) == ("speaker: several sound outputs have 'hda' in their names; give a longer part of one of: "
                                  "HDA Intel PCH: ALC257 Analog (hw:0,0), HDA Intel PCH: HDMI 0 (hw:0,3).")
    with pytest.raises(EngineError, match="no sound input device was found; connect a microphone"):
        choose("microphone", "", LAPTOP[1:2])


def test_what_is_wrong_for_a_speaker_may_be_right_for_a_microphone():
    assert choose("microphone", "hda", LAPTOP).name == LAPTOP[0].name


def test_a_whole_name_is_never_ambiguous():
    two = [device("USB Audio"), device("USB Audio 2")]
    assert choose("speaker", "usb audio", two) is two[0]


def test_one_device_under_several_systems_is_one_device():
    windows = [device("Headset (USB)", host="MME"), device("Headset (USB Audio Device)", host="WASAPI"), device("Speakers", host="WASAPI", default=True)]
    assert choose("speaker", "headset", windows).host == "MME"
    assert candidates("speaker", "", windows) == ["", "Headset (USB Audio Device)"]


def test_the_default_is_tried_first_and_second_names_never():
    assert candidates("speaker", "", LAPTOP) == ["", "HDA Intel PCH: ALC257 Analog (hw:0,0)", "HDA Intel PCH: HDMI 0 (hw:0,3)", "USB Audio: - (hw:1,0)"]
    assert candidates("microphone", "", LAPTOP) == ["", "HDA Intel PCH: ALC257 Analog (hw:0,0)", "USB Audio: - (hw:1,0)"]
    assert candidates("microphone", "", []) == []


def test_the_remembered_one_goes_before_the_default():
    assert candidates("speaker", "usb", LAPTOP)[:2] == ["USB Audio: - (hw:1,0)", ""]
    assert candidates("speaker", "gone", LAPTOP)[0] == ""
    assert candidates("speaker", "hda", LAPTOP)[:2] == [LAPTOP[0].name, LAPTOP[1].name], "several: all of them"
    assert candidates("speaker", "pci", [device("PCI", default=True), device("USB")]) == ["PCI", "USB"]
    assert candidates("speaker", "", [device("PCI", default=True), device("USB")]) == ["", "USB"]


def test_every_candidate_can_be_chosen():
    for wanted in ("", "usb", "hda", "gone"):
        assert all(choose("speaker", name, LAPTOP) for name in candidates("speaker", wanted, LAPTOP))


def test_what_is_remembered_survives_a_new_number():
    part = name_part("microphone", "USB Audio: - (hw:1,0)", LAPTOP)
    assert part == "USB Audio: -"
    assert choose("microphone", part, [*LAPTOP[:2], device("USB Audio: - (hw:3,0)")]).name == "USB Audio: - (hw:3,0)"


def test_two_of_a_kind_keep_their_numbers():
    two = [device("USB Audio: - (hw:1,0)"), device("USB Audio: - (hw:2,0)")]
    assert name_part("speaker", two[1].name, two) == two[1].name


def test_whether_a_remembered_one_is_there():
    assert is_there("speaker", "hdmi", LAPTOP)
    assert not is_there("microphone", "hdmi", LAPTOP)
    assert not is_there("microphone", "studio", LAPTOP)


@pytest.mark.parametrize(("name", "spoken"), [
    ("USB Audio: Microphone - (hw:1,0)", "USB Audio, Microphone"),
    ("Headset (USB Audio Device)", "Headset"),
    ("alsa_output.pci", "alsa output pci"),
    ("Jabra: Jabra", "Jabra"),
    ("(hw:0,0)", "without a name"),
])
def test_names_are_made_for_the_ear(name, spoken):
    assert spoken_name(name) == spoken

"""Outcomes for which no course can be drawn, and why: what a page says in place of a curve."""

NO_COURSE = {
    "suicidal ideation": (
        "No course of suicidal ideation is predicted: against a control it was read at 24 hours only (Grunebaum 2018), "
        "and esketamine has not been shown to prevent suicide."
    ),
    "PTSD": (
        "No course of PTSD symptoms is predicted: one small trial found a difference (Feder 2021) and a larger one "
        "found none (Abdallah 2022), neither with scores by week."
    ),
    "anxiety": (
        "No course of anxiety is predicted: controlled data are 18 people with social anxiety, counted at any time "
        "within two weeks (Taylor 2018)."
    ),
    "pain": (
        "Relief was followed against a control in complex regional pain syndrome (Sigtermans 2009) and in fibromyalgia "
        "(Noppers 2011). Of other pain no trial on file gives pain by time after a known dose."
    ),
}

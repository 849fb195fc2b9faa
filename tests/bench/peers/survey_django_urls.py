"""Where django-survey-and-report's pages are."""

from django.urls import include, path

urlpatterns = [path("survey/", include("survey.urls")), path("accounts/", include("django.contrib.auth.urls"))]
